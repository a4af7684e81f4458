package dev.smolvm.history;

import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.util.Optional;

/**
 * Which snapshot a sandbox has gone on from.
 *
 * @param status empty: its record is damaged
 */
record SandboxPosition(SandboxName sandbox, Optional<SandboxStatus> status, Optional<SnapshotId> parent) {}
