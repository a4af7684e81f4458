package dev.smolvm.checkpoint;

import dev.smolvm.Progress;
import dev.smolvm.history.History;
import dev.smolvm.history.PruneReport;
import dev.smolvm.history.RetentionRules;
import dev.smolvm.sandbox.SandboxInfo;
import dev.smolvm.sandbox.Sandboxes;
import dev.smolvm.snapshot.LabelMatch;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.snapshot.Snapshots;
import dev.smolvm.store.SandboxName;
import java.util.List;
import java.util.Optional;

/** A real one. */
record TargetSandbox(SandboxName name, Sandboxes sandboxes, Snapshots all, History history, Progress progress)
        implements Target {
    @Override
    public SandboxInfo info() {
        return sandboxes.info(name);
    }

    @Override
    public SnapshotInfo save(SnapshotType type) {
        return all.createMarked(SnapshotRequest.live(name, type), Checkpoints.MARK, progress);
    }

    @Override
    public List<SnapshotInfo> snapshots() {
        return all.list(Optional.empty());
    }

    @Override
    public PruneReport thin(String sandboxId, int keep) {
        RetentionRules rules = RetentionRules.last(keep, LabelMatch.of(Checkpoints.MARK));
        return history.thin(name, sandboxId, rules, Progress.NONE);
    }
}
