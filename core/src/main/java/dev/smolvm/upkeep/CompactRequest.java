package dev.smolvm.upkeep;

import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.util.List;

/**
 * What is to be compacted.
 *
 * @param sandboxes with {@code snapshots}: only their chains; both empty: all of the store
 * @param longerThan chains of at most so many layers are left as they are
 */
public record CompactRequest(List<SandboxName> sandboxes, List<SnapshotId> snapshots, int longerThan) {
    public CompactRequest {
        sandboxes = List.copyOf(sandboxes);
        snapshots = List.copyOf(snapshots);
    }

    public static CompactRequest everything() {
        return new CompactRequest(List.of(), List.of(), 1);
    }

    /** Whether an object was named, or none was. */
    boolean means(StoreObject object) {
        if (sandboxes.isEmpty() && snapshots.isEmpty()) {
            return true;
        }
        return switch (object.kind()) {
            case IMAGE, TEMPLATE -> false;
            case SANDBOX -> sandboxes.contains(new SandboxName(object.name()));
            case SNAPSHOT -> snapshots.contains(new SnapshotId(object.name()));
        };
    }
}
