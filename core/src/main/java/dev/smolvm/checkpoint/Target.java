package dev.smolvm.checkpoint;

import dev.smolvm.history.PruneReport;
import dev.smolvm.sandbox.SandboxInfo;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotType;
import java.util.List;

/** The sandbox of which checkpoints are taken. */
interface Target {
    SandboxInfo info();

    /** The sandbox goes on. */
    SnapshotInfo save(SnapshotType type);

    /** Of all sandboxes. */
    List<SnapshotInfo> snapshots();

    /**
     * Removes a sandbox's checkpoints but for the newest, and those that are needed.
     *
     * @param sandboxId others may have had its name
     */
    PruneReport thin(String sandboxId, int keep);
}
