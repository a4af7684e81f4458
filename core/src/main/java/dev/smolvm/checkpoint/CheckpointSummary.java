package dev.smolvm.checkpoint;

import dev.smolvm.snapshot.SnapshotInfo;
import java.util.List;

/**
 * What came of taking checkpoints until somebody ended it.
 *
 * @param taken those that are there still
 * @param removed how many were removed, earlier runs' too
 * @param skipped how many could not be taken
 * @param undone whether one was being taken when it ended, and was undone
 */
public record CheckpointSummary(List<SnapshotInfo> taken, int removed, int skipped, boolean undone) {
    public CheckpointSummary {
        taken = List.copyOf(taken);
    }
}
