package dev.smolvm.history;

import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.util.Optional;

/** Something in the lineage. */
public sealed interface LineageNode {
    /** Unlike any other's. */
    String key();

    /** The key of what it comes from; empty: it is a root. */
    Optional<String> parent();

    /** A snapshot. */
    record Saved(SnapshotInfo snapshot, Optional<String> parent) implements LineageNode {
        @Override
        public String key() {
            return key(snapshot.id());
        }

        static String key(SnapshotId id) {
            return "snapshot:" + id;
        }
    }

    /** A snapshot that is there but cannot be read, so that nobody knows what it comes from. */
    record Unreadable(SnapshotId id, String why) implements LineageNode {
        @Override
        public String key() {
            return Saved.key(id);
        }

        @Override
        public Optional<String> parent() {
            return Optional.empty();
        }
    }

    /** A snapshot that is gone, and has left something that came from it. */
    record Deleted(SnapshotId id) implements LineageNode {
        @Override
        public String key() {
            return "deleted:" + id;
        }

        @Override
        public Optional<String> parent() {
            return Optional.empty();
        }
    }

    /** Where a sandbox began as a copy of another one's snapshot. */
    record Fork(SandboxName sandbox, SnapshotId from, Optional<String> parent) implements LineageNode {
        @Override
        public String key() {
            return key(sandbox, from);
        }

        static String key(SandboxName sandbox, SnapshotId from) {
            return "fork:" + from + ":" + sandbox;
        }
    }

    /**
     * Where a sandbox is now: it has gone on from its parent.
     *
     * @param status empty: its record is damaged, so nobody knows where it is either
     */
    record Position(SandboxName sandbox, Optional<SandboxStatus> status, Optional<String> parent)
            implements LineageNode {
        @Override
        public String key() {
            return "sandbox:" + sandbox;
        }
    }
}
