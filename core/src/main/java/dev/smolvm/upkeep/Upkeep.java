package dev.smolvm.upkeep;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.snapshot.SnapshotRecords;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Looks after a store: is everything there, what takes the room, and can it take less. */
public final class Upkeep {
    private final SandboxContext context;

    public Upkeep(SandboxContext context) {
        this.context = context;
    }

    /** Finds what is damaged, missing, left over or unknown. */
    public CheckReport check(CheckRequest request, Progress progress) {
        try {
            return StoreCheck.run(context, request, progress);
        } catch (IOException e) {
            throw SmolVmException.of(
                    "check the store " + context.store().layout().root(), e);
        }
    }

    /** What uses how much. */
    public StoreUsage usage() {
        try {
            return UsageCount.of(context.store());
        } catch (IOException e) {
            throw SmolVmException.of(
                    "measure the store " + context.store().layout().root(), e);
        }
    }

    /**
     * What to compact.
     *
     * @param references names or ids of sandboxes and snapshots, or the starts of ids; none: all of the store
     * @throws SmolVmException not found; conflict: one could be several
     */
    public CompactRequest chainsOf(List<String> references, int longerThan) {
        List<SandboxName> sandboxes = new ArrayList<>();
        List<SnapshotId> snapshots = new ArrayList<>();
        for (String reference : references) {
            if (!addSandbox(reference, sandboxes)) {
                snapshots.add(new SnapshotRecords(context.store()).resolve(reference));
            }
        }
        return new CompactRequest(sandboxes, snapshots, longerThan);
    }

    private boolean addSandbox(String reference, List<SandboxName> sandboxes) {
        try {
            sandboxes.add(context.records().resolve(reference));
            return true;
        } catch (SmolVmException e) {
            // Usage: an id of a snapshot may be longer than any sandbox's name.
            if (e.kind() == ErrorKind.NOT_FOUND || e.kind() == ErrorKind.USAGE) {
                return false;
            }
            throw e;
        }
    }

    /**
     * Merges layers that only ever occur together.
     *
     * @throws SmolVmException not found; integrity: a manifest cannot be read, so nobody knows which layers belong together
     */
    public CompactReport compact(CompactRequest request, Progress progress) {
        try {
            return new Compaction(context).run(request, progress);
        } catch (IOException e) {
            throw SmolVmException.of(
                    "compact the store " + context.store().layout().root(), e);
        }
    }
}
