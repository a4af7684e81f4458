package dev.smolvm.checkpoint;

import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.time.Duration;
import java.util.Optional;

/**
 * How a command is to be guarded.
 *
 * @param id the snapshot's; empty: one is made up
 * @param rollback whether a failure puts the sandbox back; otherwise it stays as the command left it
 * @param keepSnapshot also where it is not needed any more
 * @param timeout that of the command, which its guest ends then; a guest that does not is given up a little later
 */
public record GuardedRequest(
        SandboxName sandbox,
        Optional<SnapshotId> id,
        boolean rollback,
        boolean keepSnapshot,
        Optional<Duration> timeout) {}
