package dev.smolvm.upkeep;

import dev.smolvm.Progress;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.sandbox.SandboxContext;
import java.io.IOException;

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
