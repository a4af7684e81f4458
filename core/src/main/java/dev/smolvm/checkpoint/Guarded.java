package dev.smolvm.checkpoint;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.Guest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.store.SnapshotId;
import java.util.Optional;

/** The sandbox in which a guarded command runs. */
interface Guarded {
    Guest connect();

    /** What it has gone on from. */
    Optional<SnapshotId> position();

    /** All of it; it goes on. */
    SnapshotInfo save(Optional<SnapshotId> id);

    /**
     * Whatever the command has made of it; it runs afterwards.
     *
     * @throws SmolVmException conflict: it was deleted meanwhile, or its name is another sandbox's
     */
    void restore(SnapshotId snapshot);

    /**
     * Removes a snapshot, as if it had never been taken.
     *
     * @param former what the sandbox had gone on from before
     */
    void discard(SnapshotId snapshot, Optional<SnapshotId> former);
}
