package dev.smolvm.history;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.snapshot.SnapshotInfo;
import java.util.List;
import java.util.Optional;

/**
 * What becomes of a snapshot, and why.
 *
 * @param reasons at least one
 * @param failure why it is there still, though it was to be removed
 */
public record PruneDecision(
        SnapshotInfo snapshot, boolean remove, List<String> reasons, Optional<SmolVmException> failure) {
    public PruneDecision {
        reasons = List.copyOf(reasons);
    }

    static PruneDecision keep(SnapshotInfo snapshot, List<String> reasons) {
        return new PruneDecision(snapshot, false, reasons, Optional.empty());
    }

    static PruneDecision remove(SnapshotInfo snapshot, String reason) {
        return new PruneDecision(snapshot, true, List.of(reason), Optional.empty());
    }

    PruneDecision failed(SmolVmException why) {
        return new PruneDecision(snapshot, remove, reasons, Optional.of(why));
    }

    /** Whether it is gone, or would be. */
    public boolean removed() {
        return remove && failure.isEmpty();
    }
}
