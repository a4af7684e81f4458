package dev.smolvm.snapshot;

import dev.smolvm.store.SnapshotId;

/**
 * @param resume the sandbox runs afterwards; otherwise it is left paused
 * @param force also for a snapshot that was restored before
 */
public record RestoreRequest(SnapshotId snapshot, boolean resume, boolean force) {}
