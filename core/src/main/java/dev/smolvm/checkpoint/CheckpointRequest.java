package dev.smolvm.checkpoint;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.SandboxName;
import java.time.Duration;
import java.util.OptionalInt;

/**
 * How a sandbox is to be saved again and again.
 *
 * @param every from the start of one to the start of the next, at least a second
 * @param keep how many of the newest stay at least; empty: all
 * @param type full or diff
 */
public record CheckpointRequest(SandboxName sandbox, Duration every, OptionalInt keep, SnapshotType type) {
    private static final Duration SHORTEST = Duration.ofSeconds(1);

    /** @throws SmolVmException usage: too often, or without memory */
    public CheckpointRequest {
        if (every.compareTo(SHORTEST) < 0) {
            throw new SmolVmException(ErrorKind.USAGE, "checkpoints more than once a second", "use 1s or more");
        }
        if (type == SnapshotType.DISK) {
            throw new SmolVmException(ErrorKind.USAGE, "checkpoints hold memory", "use --snapshot-type diff or full");
        }
    }
}
