package dev.smolvm.snapshot;

import dev.smolvm.sandbox.SandboxInfo;

/** What a restore did. */
public record RestoredSandbox(SnapshotInfo snapshot, SandboxInfo sandbox) {}
