package dev.smolvm.snapshot;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.sandbox.DiskChains;
import dev.smolvm.sandbox.GuestAccess;
import dev.smolvm.sandbox.Journal;
import dev.smolvm.sandbox.Liveness;
import dev.smolvm.sandbox.Recovery;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.sandbox.SandboxRecord;
import dev.smolvm.sandbox.Unfinished;
import dev.smolvm.store.BlobId;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.vmm.Vm;
import dev.smolvm.vmm.VmState;
import java.util.List;

/**
 * Seals what a live sandbox has written so far, as a disk snapshot does, and makes no snapshot of it: all that is left is a
 * layer more. So whoever dies while the layers are looked at leaves nothing that would have to be cleared away.
 */
public final class DiskCatchUp {
    private final SandboxContext context;
    private final Liveness liveness;
    private final Recovery recovery;

    public DiskCatchUp(SandboxContext context) {
        this.context = context;
        this.liveness = new Liveness(context);
        this.recovery = new Recovery(context);
    }

    /**
     * The record, whose chains' sealed layers now hold all that was on the disks. The guest is flushed if it can be; it runs
     * on. The caller holds the sandbox's lock and the store's (shared), and has recovered the record.
     *
     * @throws SmolVmException unsupported: its VMM's disks have no layers; conflict: it is not live
     */
    public SandboxRecord seal(SandboxRecord record, Progress progress) {
        var vmm = context.vmms().of(record.definition().machine());
        if (!vmm.capabilities().diskSnapshots()) {
            throw new SmolVmException(
                    ErrorKind.UNSUPPORTED,
                    "the disk of sandbox " + record.name() + " cannot be read while it runs: " + vmm.name()
                            + " cannot save the disk alone",
                    "take a snapshot and use that: smolvm sandbox snapshot create " + record.name()
                            + " --resume-source");
        }
        context.records().tidy(record);
        try {
            return attached(record, progress);
        } catch (RuntimeException e) {
            recovery.afterFailure(record.name(), e);
            throw e;
        }
    }

    private SandboxRecord attached(SandboxRecord record, Progress progress) {
        Journal journal = new Journal(context.store().layout(), record.name());
        DiskChains chains = new DiskChains(context.store(), record.name());
        try (Vm vm = liveness.attach(record)) {
            boolean running = vm.state() == VmState.RUNNING;
            // A save whose snapshot never comes to exist.
            SnapshotId none = new SnapshotId(BlobId.random().value());
            journal.begin(new Unfinished.Save(record.generation(), none, running, true));
            SandboxRecord grown;
            try (GuestSync sync = GuestSync.of(new GuestAccess(context), record, FlushPolicy.BEST_EFFORT, running)) {
                grown = chains.grow(record);
                context.records().save(grown);
                vm.layers().switchLayers(chains.moves(record, grown), List.of());
                sync.captured();
                sync.notes().forEach(progress::note);
            }
            SandboxRecord sealed = chains.seal(grown);
            context.records().save(sealed);
            journal.end();
            return sealed;
        }
    }
}
