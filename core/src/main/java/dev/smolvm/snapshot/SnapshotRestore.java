package dev.smolvm.snapshot;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.Uninterrupted;
import dev.smolvm.sandbox.DiskRecord;
import dev.smolvm.sandbox.GuestAccess;
import dev.smolvm.sandbox.Journal;
import dev.smolvm.sandbox.Liveness;
import dev.smolvm.sandbox.Recovery;
import dev.smolvm.sandbox.Refresh;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.sandbox.SandboxDefinition;
import dev.smolvm.sandbox.SandboxRecord;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.sandbox.Unfinished;
import dev.smolvm.sandbox.VmStarter;
import dev.smolvm.store.Blob;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.PendingSyncs;
import dev.smolvm.store.Replacement;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.store.StoreLocks;
import dev.smolvm.vmm.SavedState;
import dev.smolvm.vmm.Vm;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

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
    private final RestorableStates states;
    private final RestoreChecks checks;
    private final Liveness liveness;
    private final Recovery recovery;

    SnapshotRestore(SandboxContext context, SnapshotRecords snapshots) {
        this.context = context;
        this.snapshots = snapshots;
        this.layout = context.store().layout();
        this.access = new GuestAccess(context);
        this.starter = new VmStarter(context);
        MemoryChain memories = new MemoryChain(snapshots);
        this.states = new RestorableStates(context, snapshots, memories);
        this.checks = new RestoreChecks(context, snapshots, memories);
        this.liveness = new Liveness(context);
        this.recovery = new Recovery(context);
    }

    /** The caller holds the snapshot's lock. */
    SandboxRecord restore(RestoreRequest request, Progress progress) {
        SnapshotManifest manifest = snapshots.load(request.snapshot());
        checks.check(request, manifest);
        if (request.verify()) {
            new Verification(layout, snapshots).require(manifest, progress);
        }
        return restore(request, manifest, progress);
    }

    /** From a snapshot that is held and was checked: forks share that. */
    SandboxRecord restore(RestoreRequest request, SnapshotManifest manifest, Progress progress) {
        StoreLocks locks = context.store().locks();
        SandboxName name = name(request, manifest);
        Restored restored;
        try (StoreLocks.Held sandbox = locks.sandbox(name);
                StoreLocks.Held store = locks.storeShared()) {
            checks.checkFirst(request, manifest);
            if (request.as().isPresent() && context.records().exists(name)) {
                throw new SmolVmException(
                        ErrorKind.CONFLICT,
                        "a sandbox " + name + " exists already",
                        "choose another --name, or remove it: smolvm sandbox delete --force " + name);
            }
            checks.checkPutBack(request, manifest);
            try (PendingSyncs syncs = new PendingSyncs()) {
                restored = restore(new Task(request, manifest, name, syncs, progress));
            }
        } catch (IOException e) {
            throw SmolVmException.of("restore snapshot " + manifest.id(), e);
        }
        if (restored.leftLayers()) {
            context.collector().collect();
        }
        return restored.record();
    }

    /** A sandbox may have its name from before such names were smolvm's own. */
    private static SandboxName name(RestoreRequest request, SnapshotManifest manifest) {
        SandboxName own = manifest.sandbox().name();
        if (request.as().isEmpty() && own.template().isEmpty()) {
            return own;
        }
        return request.as().orElse(own).requireUsers();
    }

    void check(RestoreRequest request, SnapshotManifest manifest) {
        checks.check(request, manifest);
    }

    /** @param leftLayers whether the sandbox had layers before that it has no more */
    private record Restored(SandboxRecord record, boolean leftLayers) {}

    /**
     * One restore.
     *
     * @param syncs of all that is made before the record names it: the VMM is started meanwhile
     */
    private record Task(
            RestoreRequest request,
            SnapshotManifest manifest,
            SandboxName name,
            PendingSyncs syncs,
            Progress progress) {}

    private Restored restore(Task task) throws IOException {
        SandboxName name = task.name();
        boolean fresh = !context.records().exists(name);
        Optional<SandboxRecord> old = before(task);
        try {
            standStill(task, old);
            commit(task, old, fresh);
            // The new machine is the sandbox's: what follows is short, and an interruption too late.
            SandboxRecord restored = finish(task);
            DiskRestorer.tell(task.manifest(), name, task.progress());
            return new Restored(
                    restored,
                    !old.map(r -> layers(restored).containsAll(layers(r))).orElse(true));
        } catch (IOException | RuntimeException | Error e) {
            // Whatever it is: the old machine stands still, and is to go on.
            recovery.afterFailure(name, e);
            throw e;
        }
    }

    /** A disk that fails now keeps nothing from being restored: the journal stays open, and the next command does the rest. */
    private SandboxRecord finish(Task task) {
        try {
            return Uninterrupted.get(() -> recovery.recover(task.name()));
        } catch (SmolVmException e) {
            if (e.kind() != ErrorKind.NO_SPACE && e.kind() != ErrorKind.INTEGRITY) {
                throw e;
            }
            task.progress()
                    .note("sandbox " + task.name() + " is restored, and the next command finishes what is left: "
                            + e.getMessage());
            return Uninterrupted.get(() -> context.records().load(task.name()));
        }
    }

    private void commit(Task task, Optional<SandboxRecord> old, boolean fresh) throws IOException {
        try {
            start(task, planned(task, old));
        } catch (IOException | RuntimeException | Error e) {
            Uninterrupted.run(() -> withdraw(task.name(), old, fresh, e));
            throw e;
        }
    }

    /** The record may name the new machine already, only not durably; what fails must leave the old one. */
    private void withdraw(SandboxName name, Optional<SandboxRecord> old, boolean fresh, Throwable failure) {
        try {
            if (old.isPresent() && !context.records().load(name).equals(old.get())) {
                context.records().save(old.get());
            } else if (fresh) {
                Files.deleteIfExists(layout.sandboxFile(name));
            }
        } catch (IOException | RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    private static Set<Blob> layers(SandboxRecord record) {
        Set<Blob> layers = new HashSet<>();
        record.chains().forEach(c -> layers.addAll(c.sealed()));
        return layers;
    }

    /**
     * The sandbox as it is, or a place for it. One whose record is damaged is as good as none: a restore is the way to get it
     * back.
     */
    private Optional<SandboxRecord> before(Task task) throws IOException {
        SandboxName name = task.name();
        if (context.records().exists(name)) {
            try {
                SandboxRecord record = recoverIfItAnswers(name);
                context.records().tidy(record);
                return Optional.of(record);
            } catch (SmolVmException e) {
                if (e.kind() == ErrorKind.INTEGRITY) {
                    return Optional.empty();
                }
                throw e;
            }
        }
        context.records().discardUnfinished(name);
        DurableFiles.createDirectory(layout.sandbox(name));
        DurableFiles.createDirectory(layout.vm(name));
        task.syncs().add(layout.sandboxes());
        return Optional.empty();
    }

    private SandboxRecord recoverIfItAnswers(SandboxName name) {
        try {
            return recovery.recover(name);
        } catch (SmolVmException e) {
            if (e.kind() != ErrorKind.GUEST_UNRESPONSIVE && e.kind() != ErrorKind.VM_DIED) {
                throw e;
            }
            // A VMM that hangs is no reason not to replace it.
            return context.records().load(name);
        }
    }

    /** Stops the guest for the time of the restore, and writes down whether it ran. */
    private void standStill(Task task, Optional<SandboxRecord> old) {
        boolean running = old.isPresent() && liveness.status(old.get()) == SandboxStatus.RUNNING;
        new Journal(layout, task.name())
                .begin(
                        new Unfinished.Restore(
                                old.map(SandboxRecord::generation).orElse(0L),
                                task.request().snapshot(),
                                running,
                                task.request().as().isPresent()),
                        task.syncs());
        if (running) {
            try (Vm vm = liveness.attach(old.get())) {
                vm.pause();
            } catch (SmolVmException e) {
                // It hangs or dies just now: nothing to keep still, and no reason not to restore.
                if (e.kind() == ErrorKind.INTERRUPTED) {
                    throw e;
                }
            }
        }
    }

    private static SandboxDefinition definition(RestoreRequest request, SnapshotManifest manifest) {
        return request.as().map(manifest.sandbox()::forkedAs).orElse(manifest.sandbox());
    }

    /** The record of the restored sandbox, with a new, empty layer above the snapshot's. */
    private SandboxRecord planned(Task task, Optional<SandboxRecord> old) throws IOException {
        SandboxDefinition definition = definition(task.request(), task.manifest());
        List<DiskRecord> disks = new DiskRestorer(context.store(), definition.name(), task.syncs())
                .restore(task.manifest(), task.request().rootBytes(), task.progress());
        return new SandboxRecord(
                definition,
                disks,
                Math.max(
                        old.map(SandboxRecord::generation).orElse(0L),
                        context.records().lastGeneration(definition.name())),
                Optional.empty(),
                OptionalInt.empty(),
                old.map(SandboxRecord::ports).orElse(List.of()),
                snapshots.lineage() ? Optional.of(task.manifest().id()) : Optional.empty(),
                Refresh.NONE);
    }

    /** Starts the new machine and makes it the sandbox's. One that does not get so far is ended by the recovery. */
    private void start(Task task, SandboxRecord planned) throws IOException {
        RestoreRequest request = task.request();
        SnapshotManifest manifest = task.manifest();
        if (manifest.memory().isEmpty()) {
            startFromDisk(task, planned);
            return;
        }
        task.progress().step("load");
        WorkingSet workingSet = new WorkingSet(context.store());
        SavedState state = workingSet.readAhead(states.of(manifest, planned));
        VmStarter.Started started = starter.start(planned, Optional.of(state));
        try (Vm vm = started.vm()) {
            vm.marked(manifest.moment());
            states.started(state, planned);
            SandboxRecord record =
                    starter.forwardSsh(started).withRefresh(request.as().isPresent() ? Refresh.IDENTITY : Refresh.TIME);
            SandboxRecord running = request.resume() ? record.withRefresh(Refresh.NONE) : record;
            try (Replacement next = context.records().prepare(running, task.syncs())) {
                if (request.resume()) {
                    goOn(vm, record, request, task.progress());
                }
                task.syncs().await();
                next.publish();
            }
            if (request.resume()) {
                workingSet.record(state, vm.process().pid());
            }
        }
    }

    /** Before the record says that there is a fork: one that lost its variables would look like any other. */
    private void goOn(Vm vm, SandboxRecord record, RestoreRequest request, Progress progress) {
        progress.step("resume");
        vm.resume();
        progress.step("tell the guest");
        request.rootBytes().ifPresent(bytes -> vm.announceSize(record.root().id(), bytes));
        access.rejuvenate(record, request.variables(), request.rootBytes());
    }

    private void startFromDisk(Task task, SandboxRecord planned) throws IOException {
        RestoreRequest request = task.request();
        task.progress().step("boot");
        // The old VM still holds its forwarded ports; they follow once it is gone.
        VmStarter.Started started = starter.boot(planned.withPorts(List.of()), SandboxRequest.DEFAULT_BOOT_TIMEOUT);
        try (Vm vm = started.vm()) {
            if (request.as().isPresent()) {
                // Its disk has the identity of the source.
                access.rejuvenate(
                        started.record().withRefresh(Refresh.IDENTITY), request.variables(), OptionalLong.empty());
            }
            if (!request.resume()) {
                vm.pause();
            }
            task.syncs().await();
            context.records()
                    .save(started.record()
                            .withPorts(planned.ports())
                            .withRefresh(request.resume() ? Refresh.NONE : Refresh.TIME));
        }
    }
}
