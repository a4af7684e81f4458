package dev.smolvm.snapshot;

import dev.smolvm.Progress;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.util.List;
import java.util.Optional;

/** All snapshots of a store. */
public final class Snapshots {
    /** Saves a running or paused sandbox. On failure there is no snapshot and the sandbox is as it was. */
    public SnapshotInfo create(SnapshotRequest request, Progress progress) {
        throw new UnsupportedOperationException();
    }

    /** Puts the snapshot's sandbox back to it. On failure the sandbox is as it was. */
    public RestoredSandbox restore(RestoreRequest request, Progress progress) {
        throw new UnsupportedOperationException();
    }

    /** Oldest first. */
    public List<SnapshotInfo> list(Optional<SandboxName> sandbox) {
        throw new UnsupportedOperationException();
    }

    public SnapshotInfo info(SnapshotId id) {
        throw new UnsupportedOperationException();
    }

    /** Finds a snapshot by id or unambiguous prefix of it. */
    public SnapshotId resolve(String reference) {
        throw new UnsupportedOperationException();
    }

    /**
     * Removes a snapshot and what nothing else needs; returns what it was.
     *
     * @throws dev.smolvm.error.SmolVmException has dependents: diff snapshots, named, need it
     */
    public SnapshotInfo delete(SnapshotId id) {
        throw new UnsupportedOperationException();
    }
}
