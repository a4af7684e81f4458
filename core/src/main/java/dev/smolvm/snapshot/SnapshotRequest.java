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
 * @param trimMemory the guest gives up what it does not need of its memory first; not for disk snapshots
 * @param notes come into being together with the snapshot
 */
public record SnapshotRequest(
        SandboxName sandbox,
        Optional<SnapshotId> id,
        SnapshotType type,
        boolean resumeSource,
        boolean liveOnly,
        FlushPolicy flushPolicy,
        boolean trimMemory,
        SnapshotNotes notes) {
    /** Memory as it is, and without notes. */
    public SnapshotRequest(
            SandboxName sandbox,
            Optional<SnapshotId> id,
            SnapshotType type,
            boolean resumeSource,
            boolean liveOnly,
            FlushPolicy flushPolicy) {
        this(sandbox, id, type, resumeSource, liveOnly, flushPolicy, false, SnapshotNotes.NONE);
    }

    public static SnapshotRequest full(SandboxName sandbox) {
        return live(sandbox, SnapshotType.FULL);
    }

    /** The source goes on. */
    public static SnapshotRequest live(SandboxName sandbox, SnapshotType type) {
        return new SnapshotRequest(sandbox, Optional.empty(), type, true, false, FlushPolicy.REQUIRED);
    }

    public SnapshotRequest named(Optional<SnapshotId> newId) {
        return new SnapshotRequest(sandbox, newId, type, resumeSource, liveOnly, flushPolicy, trimMemory, notes);
    }

    public SnapshotRequest with(SnapshotNotes newNotes) {
        return new SnapshotRequest(sandbox, id, type, resumeSource, liveOnly, flushPolicy, trimMemory, newNotes);
    }

    public SnapshotRequest trimmingMemory() {
        return new SnapshotRequest(sandbox, id, type, resumeSource, liveOnly, flushPolicy, true, notes);
    }
}
