package dev.smolvm.inspect;

import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;

/** What one side of a comparison is: the root disk of a snapshot, or that of a sandbox as it is now. */
public sealed interface Side {
    record OfSnapshot(SnapshotId id) implements Side {
        @Override
        public String toString() {
            return "snapshot " + id;
        }
    }

    record OfSandbox(SandboxName name) implements Side {
        @Override
        public String toString() {
            return "sandbox " + name;
        }
    }

    /** As users write it where a snapshot and a sandbox have one name, such as {@code snapshot:web}. */
    default String reference() {
        return switch (this) {
            case OfSnapshot(var id) -> SideNames.SNAPSHOT + id;
            case OfSandbox(var name) -> SideNames.SANDBOX + name;
        };
    }
}
