package dev.smolvm.snapshot;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.SparseCopy;
import dev.smolvm.os.Uninterrupted;
import dev.smolvm.sandbox.DiskChains;
import dev.smolvm.sandbox.DiskCopies;
import dev.smolvm.sandbox.GuestAccess;
import dev.smolvm.sandbox.Journal;
import dev.smolvm.sandbox.Liveness;
import dev.smolvm.sandbox.Recovery;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.sandbox.SandboxRecord;
import dev.smolvm.sandbox.Unfinished;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.store.StoreLocks;
import dev.smolvm.vmm.CaptureRequest;
import dev.smolvm.vmm.CapturedState;
import dev.smolvm.vmm.DiskCopy;
import dev.smolvm.vmm.LayerFormat;
import dev.smolvm.vmm.Vm;
import dev.smolvm.vmm.VmState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Takes snapshots. The order is what keeps a crash at any point harmless: new layers are written down, then taken into use;
 * lower layers are sealed; the manifest is written; one rename makes the snapshot exist. What a failure or a crash leaves
 * half done, {@link Recovery} puts right from the journal.
 */
final class SnapshotCreation {
    private final SandboxContext context;
    private final SnapshotRecords snapshots;
    private final StoreLayout layout;
    private final Liveness liveness;
    private final Recovery recovery;

    SnapshotCreation(SandboxContext context, SnapshotRecords snapshots) {
        this.context = context;
        this.snapshots = snapshots;
        this.layout = context.store().layout();
        this.liveness = new Liveness(context);
        this.recovery = new Recovery(context);
    }

    SnapshotManifest create(SnapshotRequest request, Progress progress) {
        checkOptions(request);
        boolean[] begun = {false};
        try {
            return create(request, begun, progress);
        } catch (IOException e) {
            afterFailure(begun[0], e);
            throw SmolVmException.of("save sandbox " + request.sandbox(), e);
        } catch (RuntimeException e) {
            afterFailure(begun[0], e);
            throw e;
        }
    }

    /** Copies of drives that had moved to their place are named by nothing. The locks, which keep others' layers, are free. */
    private void afterFailure(boolean begun, Exception failure) {
        if (!begun) {
            return;
        }
        Uninterrupted.run(() -> {
            try {
                context.collector().collect();
            } catch (SmolVmException e) {
                failure.addSuppressed(e);
            }
        });
    }

    private SnapshotManifest create(SnapshotRequest request, boolean[] begun, Progress progress) throws IOException {
        StoreLocks locks = context.store().locks();
        try (StoreLocks.Held sandbox = locks.sandbox(request.sandbox());
                StoreLocks.Held store = locks.storeShared()) {
            SandboxRecord record = recovery.recover(request.sandbox());
            Refusals.check(record);
            SnapshotId id = request.id().orElseGet(() -> SnapshotIds.free(record.name(), snapshots));
            // Before its lock too: whoever restores it holds that, and waits for this sandbox.
            checkFree(id, record.name());
            try (StoreLocks.Held snapshot = locks.snapshotExclusive(id)) {
                checkFree(id, record.name());
                begun[0] = true;
                return create(request, record, id, progress);
            }
        }
    }

    private void checkFree(SnapshotId id, SandboxName sandbox) {
        if (!snapshots.exists(id)) {
            return;
        }
        Optional<SandboxName> other = sandboxOf(id).filter(name -> !name.equals(sandbox));
        throw new SmolVmException(
                ErrorKind.CONFLICT,
                "a snapshot " + id + " exists already"
                        + other.map(name -> ", of sandbox " + name).orElse(""),
                "choose another --snapshot-id"
                        + (other.isPresent() ? "" : ", or remove it: smolvm sandbox snapshot delete " + id));
    }

    /** Empty if that cannot be read. */
    private Optional<SandboxName> sandboxOf(SnapshotId id) {
        try {
            return Optional.of(snapshots.load(id).sandbox().name());
        } catch (SmolVmException e) {
            return Optional.empty();
        }
    }

    private static void checkOptions(SnapshotRequest request) {
        if (request.liveOnly() && request.type() != SnapshotType.DISK) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    "--live-only is for disk snapshots: saving memory needs a short pause",
                    "add --snapshot-type disk, or leave --live-only out");
        }
        if (request.trimMemory() && request.type() == SnapshotType.DISK) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    "--trim-memory is for snapshots that hold memory: a disk snapshot holds none",
                    "leave it out, or use --snapshot-type full or diff");
        }
    }

    private SnapshotManifest create(SnapshotRequest request, SandboxRecord record, SnapshotId id, Progress progress)
            throws IOException {
        context.records().tidy(record);
        try {
            return attached(request, record, id, progress);
        } catch (IOException | RuntimeException e) {
            recovery.afterFailure(record.name(), e);
            throw e;
        }
    }

    private SnapshotManifest attached(SnapshotRequest request, SandboxRecord record, SnapshotId id, Progress progress)
            throws IOException {
        try (Vm vm = liveness.attach(record);
                Parent parent = Parent.of(record, snapshots, context)) {
            checkCapabilities(request, record);
            new Journal(layout, record.name())
                    .begin(new Unfinished.Save(
                            record.generation(),
                            id,
                            vm.state() == VmState.RUNNING,
                            request.resumeSource() || request.liveOnly()));
            DurableFiles.createDirectory(layout.capture(record.name()));
            return request.type() == SnapshotType.DISK
                    ? saveDisk(request, record, id, vm, parent, progress)
                    : saveMachine(request, record, id, vm, parent, progress);
        }
    }

    private void checkCapabilities(SnapshotRequest request, SandboxRecord record) {
        var vmm = context.vmms().of(record.definition().machine());
        if (request.type() == SnapshotType.DISK && !vmm.capabilities().diskSnapshots()) {
            throw new SmolVmException(
                    ErrorKind.UNSUPPORTED,
                    vmm.name() + " cannot save the disk alone",
                    "use --snapshot-type full or diff");
        }
        if (request.type() != SnapshotType.DISK && !vmm.capabilities().savesMachines()) {
            throw new SmolVmException(
                    ErrorKind.UNSUPPORTED, vmm.version() + " cannot save memory", "use --snapshot-type disk");
        }
    }

    private SnapshotManifest saveMachine(
            SnapshotRequest request, SandboxRecord record, SnapshotId id, Vm vm, Parent parent, Progress progress)
            throws IOException {
        List<String> notes = new ArrayList<>(parent.notes(request.type()));
        boolean running = vm.state() == VmState.RUNNING;
        GuestAccess guests = new GuestAccess(context);
        notes.addAll(BeforehandFlush.of(guests, record, request.flushPolicy(), running));
        if (request.trimMemory()) {
            progress.step("trim memory");
            notes.add(MemoryTrim.of(guests, record, vm, running));
        }
        progress.step("save memory");
        DiskChains chains = new DiskChains(context.store(), record.name());
        Path capture = layout.capture(record.name());
        SandboxRecord grown = chains.grow(record);
        context.records().save(grown);
        DiskCopies disks = new DiskCopies(context.store(), record.name());
        List<DiskCopy> copies = disks.plan(record, vm, layerFormat(record), capture);
        MemorySaver saver = new MemorySaver(snapshots);
        CapturedState state = vm.capture(new CaptureRequest(
                capture,
                chains.moves(record, grown),
                copies,
                request.resumeSource(),
                request.type() == SnapshotType.DIFF ? saver.since(parent) : Optional.empty(),
                copying(progress)));
        progress.step("seal");
        SandboxRecord sealed = chains.seal(grown);
        context.records().save(sealed);
        MemoryRecord memory = saver.save(state, request.type(), parent, notes);
        DurableFiles.makePrivate(state.deviceState());
        SnapshotManifest manifest = new SnapshotManifest(
                id,
                request.type(),
                Instant.now().truncatedTo(ChronoUnit.MILLIS),
                sealed.definition(),
                new DiskSaver(disks).save(sealed, copies),
                Optional.of(SavedFile.of(state.deviceState())),
                Optional.of(memory),
                parent.id(),
                state.pause().toMillis(),
                notes);
        publish(request, manifest, sealed, progress);
        vm.marked(manifest.moment());
        return manifest;
    }

    private SnapshotManifest saveDisk(
            SnapshotRequest request, SandboxRecord record, SnapshotId id, Vm vm, Parent parent, Progress progress)
            throws IOException {
        boolean running = vm.state() == VmState.RUNNING;
        DiskChains chains = new DiskChains(context.store(), record.name());
        DiskCopies disks = new DiskCopies(context.store(), record.name());
        List<DiskCopy> copies = disks.plan(record, vm, layerFormat(record), layout.capture(record.name()));
        List<String> notes = new ArrayList<>(parent.notes(request.type()));
        SandboxRecord grown;
        progress.step("sync the guest");
        try (GuestSync sync = GuestSync.of(new GuestAccess(context), record, request.flushPolicy(), running)) {
            grown = chains.grow(record);
            context.records().save(grown);
            vm.layers().switchLayers(chains.moves(record, grown), copies);
            sync.captured();
            notes.addAll(sync.notes());
        }
        if (running && !request.resumeSource() && !request.liveOnly()) {
            vm.pause();
        }
        vm.layers().awaitCopies(copies, copying(progress));
        progress.step("seal");
        SandboxRecord sealed = chains.seal(grown);
        context.records().save(sealed);
        SnapshotManifest manifest = new SnapshotManifest(
                id,
                SnapshotType.DISK,
                Instant.now().truncatedTo(ChronoUnit.MILLIS),
                sealed.definition(),
                new DiskSaver(disks).save(sealed, copies),
                Optional.empty(),
                Optional.empty(),
                parent.id(),
                0,
                notes);
        publish(request, manifest, sealed, progress);
        return manifest;
    }

    private LayerFormat layerFormat(SandboxRecord record) {
        return context.vmms().of(record.definition().machine()).capabilities().layers();
    }

    /** A step of its own, if there is anything to copy. */
    private static SparseCopy.Listener copying(Progress progress) {
        boolean[] told = {false};
        return (done, total) -> {
            if (!told[0]) {
                progress.step("copy the disk");
                told[0] = true;
            }
            progress.advance(done, total);
        };
    }

    private void publish(SnapshotRequest request, SnapshotManifest manifest, SandboxRecord record, Progress progress)
            throws IOException {
        progress.step("publish");
        Path capture = layout.capture(record.name());
        NotesFile.write(capture, request.notes());
        DurableFiles.write(capture.resolve("manifest.json"), ManifestFile.write(manifest));
        DurableFiles.syncTree(capture);
        Path snapshot = snapshots.directory(manifest.id());
        try {
            DurableFiles.move(capture, snapshot);
        } catch (IOException e) {
            // It may lie there already, only not durably.
            Uninterrupted.run(() -> withdraw(snapshot, e));
            throw e;
        }
        // The snapshot exists: what follows is short, and an interruption too late.
        Uninterrupted.run(() -> {
            try {
                context.records().save(snapshots.lineage() ? record.withParent(manifest.id()) : record);
                new Journal(layout, record.name()).end();
            } catch (SmolVmException e) {
                // No failure any more: the journal tells the next command what to write down.
            }
        });
    }

    private void withdraw(Path snapshot, IOException failure) {
        try {
            context.store().remove(snapshot, () -> {});
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }
}
