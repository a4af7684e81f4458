package dev.smolvm.checkpoint;

import dev.smolvm.snapshot.SnapshotInfo;
import java.util.List;

/**
 * What came of taking checkpoints until somebody ended it.
 *
 * @param taken how many were taken
 * @param left those of them that are there still
 * @param removed how many were removed, earlier runs' too
 * @param skipped how many could not be taken
 * @param undone whether one was being taken when it ended, and was undone
 */
public record CheckpointSummary(int taken, List<SnapshotInfo> left, int removed, int skipped, boolean undone) {
    public CheckpointSummary {
        left = List.copyOf(left);
    }
}
