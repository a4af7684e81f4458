package dev.smolvm.snapshot;

import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.util.Optional;

/**
 * What a user asks of a new snapshot.
 *
 * @param id empty: one is made from the sandbox's name and the time
 * @param resumeSource a running source goes on afterwards instead of being left paused
 * @param liveOnly a running guest is never paused, or the request fails before anything is touched; disk snapshots only
 * @param flushPolicy for disk snapshots; others flush only for those who look at their disk, and {@code SKIP} leaves it out
 */
public record SnapshotRequest(
        SandboxName sandbox,
        Optional<SnapshotId> id,
        SnapshotType type,
        boolean resumeSource,
        boolean liveOnly,
        FlushPolicy flushPolicy) {
    public static SnapshotRequest full(SandboxName sandbox) {
        return new SnapshotRequest(sandbox, Optional.empty(), SnapshotType.FULL, true, false, FlushPolicy.REQUIRED);
    }
}
