package dev.smolvm.checkpoint;

import dev.smolvm.snapshot.SnapshotInfo;

/** Told what happens while checkpoints are taken, by the thread that takes them. */
public interface CheckpointListener {
    void taken(SnapshotInfo checkpoint);

    /** An older one that is not to be kept any more. */
    void removed(SnapshotInfo checkpoint);

    /** There is none this time, but there may be one the next time. */
    void skipped(String why);
}
