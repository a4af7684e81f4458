package dev.smolvm.snapshot;

import dev.smolvm.Progress;
import dev.smolvm.disk.Qcow2Header;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.sandbox.DiskChains;
import dev.smolvm.sandbox.DiskRecord;
import dev.smolvm.sandbox.GuestAccess;
import dev.smolvm.sandbox.Liveness;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.sandbox.SandboxRecord;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.sandbox.VmStarter;
import dev.smolvm.store.Blob;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.store.StoreLocks;
import dev.smolvm.vmm.SavedState;
import dev.smolvm.vmm.Vm;
import dev.smolvm.vmm.VmState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Restores snapshots. The new VMM is started beside the old one, which stands still meanwhile; once the new state is loaded
 * and, if it is to run, its guest answers, one write of the record makes it the sandbox's, and the old one goes.
 */
final class SnapshotRestore {
    private final SandboxContext context;
    private final SnapshotRecords snapshots;
    private final StoreLayout layout;
    private final GuestAccess access;
    private final VmStarter starter;
    private final MemoryChain memories;

    SnapshotRestore(SandboxContext context, SnapshotRecords snapshots) {
        this.context = context;
        this.snapshots = snapshots;
        this.layout = context.store().layout();
        this.access = new GuestAccess(context);
        this.starter = new VmStarter(context);
        this.memories = new MemoryChain(snapshots, layout);
    }

    SandboxRecord restore(RestoreRequest request, Progress progress) {
        StoreLocks locks = context.store().locks();
        SnapshotId id = request.snapshot();
        try (StoreLocks.Held snapshot = locks.snapshotShared(id)) {
            SnapshotManifest manifest = snapshots.load(id);
            SandboxName name = manifest.sandbox().name();
            check(request, manifest);
            try (StoreLocks.Held sandbox = locks.sandbox(name);
                    StoreLocks.Held store = locks.storeShared()) {
                SandboxRecord restored = restore(request, manifest, progress);
                snapshots.markRestored(id, name);
                return restored;
            }
        } catch (IOException e) {
            throw SmolVmException.of("restore snapshot " + id, e);
        }
    }

    /** Everything that can be known to be wrong before anything is touched. */
    private void check(RestoreRequest request, SnapshotManifest manifest) {
        Optional<SandboxName> before = snapshots.restoredTo(manifest.id());
        if (before.isPresent() && !request.force()) {
            throw new SmolVmException(
                    ErrorKind.CONFLICT,
                    "snapshot " + manifest.id() + " was restored to sandbox " + before.get() + " before",
                    "smolvm sandbox snapshot restore --force " + manifest.id());
        }
        Compatibility.checkParts(manifest);
        if (manifest.memory().isPresent()) {
            Compatibility.check(
                    manifest.id(),
                    manifest.sandbox().machine(),
                    context.vmms().of(manifest.sandbox().machine()));
        }
        for (SavedDisk disk : manifest.disks()) {
            for (Blob layer : disk.layers()) {
                SavedFile.checkSize(manifest.id(), "disk layer", layout.blob(layer), layer.size());
                Qcow2Header.read(layout.blob(layer));
            }
        }
        for (Blob blob : manifest.sandbox().machine().bootBlobs()) {
            SavedFile.checkSize(manifest.id(), "kernel file", layout.blob(blob), blob.size());
        }
        manifest.deviceState().ifPresent(s -> checkDeviceState(manifest, s));
        manifest.memory()
                .ifPresent(m -> SavedFile.checkSize(
                        manifest.id(),
                        "memory",
                        memories.file(manifest),
                        m.file().size()));
    }

    /** Small, and the one file whose damage can make a machine that half works: always checked whole. */
    private void checkDeviceState(SnapshotManifest manifest, SavedFile saved) {
        Path file = layout.snapshot(manifest.id()).resolve(saved.name());
        SavedFile.checkSize(manifest.id(), "device state", file, saved.size());
        try {
            if (saved.matches(file)) {
                return;
            }
        } catch (IOException e) {
            throw SmolVmException.of("read " + file, e);
        }
        throw new SmolVmException(
                ErrorKind.INTEGRITY,
                "snapshot " + manifest.id() + " is damaged: its device state " + file + " does not match its checksum",
                "restore another snapshot: smolvm sandbox snapshot list");
    }

    private SandboxRecord restore(RestoreRequest request, SnapshotManifest manifest, Progress progress)
            throws IOException {
        SandboxName name = manifest.sandbox().name();
        Optional<SandboxRecord> old = context.records().find(name);
        if (old.isPresent()) {
            context.records().tidy(old.get());
        } else {
            context.records().discardUnfinished(name);
            DurableFiles.createDirectory(layout.sandbox(name));
            DurableFiles.createDirectory(layout.vm(name));
        }
        try (StoodStill previous = StoodStill.of(old, new Liveness(context))) {
            SandboxRecord restored = start(request, manifest, planned(manifest, old), progress);
            previous.replaced();
            restored = forwardPorts(restored);
            context.records().tidy(restored);
            return restored;
        } catch (IOException | RuntimeException e) {
            clearFailed(old, name, e);
            throw e;
        }
    }

    /** The record of the restored sandbox, with a new, empty layer above the snapshot's. */
    private SandboxRecord planned(SnapshotManifest manifest, Optional<SandboxRecord> old) {
        DiskChains chains = new DiskChains(context.store(), manifest.sandbox().name());
        List<DiskRecord> disks = new ArrayList<>();
        for (SavedDisk disk : manifest.disks()) {
            disks.add(DiskRecord.Chain.of(disk.id(), disk.bytes(), disk.layers(), chains.newOverlay(disk.bytes())));
        }
        return new SandboxRecord(
                manifest.sandbox(),
                disks,
                old.map(SandboxRecord::generation).orElse(0L),
                Optional.empty(),
                OptionalInt.empty(),
                old.map(SandboxRecord::ports).orElse(List.of()),
                Optional.of(manifest.id()),
                false);
    }

    private SandboxRecord start(
            RestoreRequest request, SnapshotManifest manifest, SandboxRecord planned, Progress progress)
            throws IOException {
        if (manifest.memory().isEmpty()) {
            return startFromDisk(request, planned, progress);
        }
        progress.step("load");
        SavedState state = savedState(manifest, planned);
        VmStarter.Started started = starter.start(planned, Optional.of(state));
        try (Vm vm = started.vm()) {
            forgetScratch(manifest, state);
            SandboxRecord record = starter.forwardSsh(started).withRejuvenate(!request.resume());
            if (request.resume()) {
                progress.step("resume");
                vm.resume();
                access.rejuvenate(record);
            }
            context.records().save(record);
            return record;
        } catch (RuntimeException e) {
            started.vm().kill();
            throw e;
        }
    }

    private SandboxRecord startFromDisk(RestoreRequest request, SandboxRecord planned, Progress progress) {
        progress.step("boot");
        // The old VM still holds its forwarded ports; they follow once it is gone.
        VmStarter.Started started = starter.boot(planned.withPorts(List.of()), SandboxRequest.DEFAULT_BOOT_TIMEOUT);
        try (Vm vm = started.vm()) {
            if (!request.resume()) {
                vm.pause();
            }
            SandboxRecord record = started.record().withPorts(planned.ports()).withRejuvenate(!request.resume());
            context.records().save(record);
            return record;
        } catch (RuntimeException e) {
            started.vm().kill();
            throw e;
        }
    }

    /** A complete memory file is mapped where it lies; changes are put together into one file first. */
    private SavedState savedState(SnapshotManifest manifest, SandboxRecord planned) throws IOException {
        Path deviceState = layout.snapshot(manifest.id())
                .resolve(manifest.deviceState().orElseThrow().name());
        return switch (manifest.memory().orElseThrow()) {
            case MemoryRecord.Complete complete ->
                new SavedState(deviceState, memories.file(manifest), complete.offset());
            case MemoryRecord.Changes _ -> {
                Path scratch = layout.capture(planned.name());
                DurableFiles.deleteTree(scratch);
                DurableFiles.createDirectory(scratch);
                Path memory = scratch.resolve("memory");
                try (MemoryImage image = memories.open(manifest)) {
                    image.writeComplete(memory);
                }
                yield new SavedState(deviceState, memory, 0);
            }
        };
    }

    /** A memory file that was put together lives on in the VMM's mapping, and goes with it. */
    private void forgetScratch(SnapshotManifest manifest, SavedState state) throws IOException {
        if (!state.memory().startsWith(layout.snapshot(manifest.id()))) {
            DurableFiles.deleteTree(state.memory().getParent());
        }
    }

    private SandboxRecord forwardPorts(SandboxRecord record) {
        try (Vm vm = new Liveness(context).attach(record)) {
            SandboxRecord forwarded = starter.forwardPorts(new VmStarter.Started(vm, record));
            if (!forwarded.equals(record)) {
                context.records().save(forwarded);
            }
            return forwarded;
        }
    }

    private void clearFailed(Optional<SandboxRecord> old, SandboxName name, Exception failure) {
        try {
            if (old.isPresent()) {
                context.records().tidy(context.records().load(name));
            } else {
                context.records().discardUnfinished(name);
            }
        } catch (IOException | RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    /** The sandbox's VM before the restore, kept still; unless it is replaced it goes on. */
    private record StoodStill(Optional<Vm> vm, Optional<ProcessIdentity> process, boolean wasRunning, boolean[] gone)
            implements AutoCloseable {
        static StoodStill of(Optional<SandboxRecord> record, Liveness liveness) {
            Optional<ProcessIdentity> process =
                    record.flatMap(SandboxRecord::process).filter(ProcessIdentity::alive);
            if (process.isEmpty() || !liveness.status(record.get()).live()) {
                return new StoodStill(Optional.empty(), process, false, new boolean[1]);
            }
            try {
                Vm vm = liveness.attach(record.get());
                boolean running = vm.state() == VmState.RUNNING;
                if (running) {
                    vm.pause();
                }
                return new StoodStill(Optional.of(vm), process, running, new boolean[1]);
            } catch (SmolVmException e) {
                // It hangs or dies just now: nothing to keep still, and no reason not to restore.
                return new StoodStill(Optional.empty(), process, false, new boolean[1]);
            }
        }

        void replaced() {
            gone[0] = true;
            process.ifPresent(ProcessIdentity::kill);
        }

        @Override
        public void close() {
            if (vm.isPresent()) {
                try (Vm held = vm.get()) {
                    if (!gone[0] && wasRunning) {
                        held.resume();
                    }
                }
            }
        }
    }
}
