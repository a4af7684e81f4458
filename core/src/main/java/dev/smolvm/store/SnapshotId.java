package dev.smolvm.store;

/** The id of a snapshot. */
public record SnapshotId(String value) implements Comparable<SnapshotId> {
    /** @throws dev.smolvm.error.SmolVmException (usage) for a value that is not a valid name */
    public SnapshotId {
        Names.checked("snapshot", value, 128);
    }

    @Override
    public int compareTo(SnapshotId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
