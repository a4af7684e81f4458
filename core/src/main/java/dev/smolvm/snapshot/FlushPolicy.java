package dev.smolvm.snapshot;

/** What a failed guest sync means for a disk snapshot. */
public enum FlushPolicy {
    /** The snapshot fails. */
    REQUIRED,
    /** The snapshot is taken as after a power cut, and says so. */
    BEST_EFFORT,
    /** The guest is not asked. */
    SKIP
}
