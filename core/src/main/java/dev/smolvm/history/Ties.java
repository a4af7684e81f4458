package dev.smolvm.history;

import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.util.List;
import java.util.Map;

/**
 * What holds on to snapshots, besides each other.
 *
 * @param positions the snapshots that sandboxes have gone on from, with those sandboxes
 * @param unreadable the snapshots that others may need whose manifests cannot be read, with those others
 */
record Ties(Map<SnapshotId, List<SandboxName>> positions, Map<SnapshotId, List<SnapshotId>> unreadable) {}
