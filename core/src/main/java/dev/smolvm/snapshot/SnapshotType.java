package dev.smolvm.snapshot;

/** What a snapshot holds. */
public enum SnapshotType {
    /** Disk, memory and device state, complete in itself. */
    FULL,
    /** Disk, memory and device state, stored as what changed since the parent. */
    DIFF,
    /** Disk only; a restore boots from it. */
    DISK;

    public String label() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
