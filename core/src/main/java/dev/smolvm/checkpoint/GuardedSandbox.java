package dev.smolvm.checkpoint;

import dev.smolvm.Progress;
import dev.smolvm.guest.Guest;
import dev.smolvm.sandbox.Recovery;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.sandbox.SandboxRecord;
import dev.smolvm.sandbox.Sandboxes;
import dev.smolvm.snapshot.Label;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.Snapshots;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.StoreLocks;
import java.time.Duration;
import java.util.Optional;

/** A real one. */
record GuardedSandbox(SandboxContext context, SandboxName name, Progress progress) implements Guarded {
    private static final Label MARK = new Label("smolvm.guard", "auto");

    /** Long enough for a guest that was restored a moment ago on a busy machine. */
    private static final Duration CONNECT = Duration.ofSeconds(30);

    @Override
    public Guest connect() {
        return new Sandboxes(context).connect(name, CONNECT);
    }

    @Override
    public Optional<SnapshotId> position() {
        return context.records().load(name).parent();
    }

    @Override
    public SnapshotInfo save(Optional<SnapshotId> id) {
        return new Snapshots(context).createMarked(SnapshotRequest.full(name).named(id), MARK, progress);
    }

    @Override
    public void restore(SnapshotId snapshot) {
        new Snapshots(context).restore(RestoreRequest.putBack(snapshot), progress);
    }

    /** The sandbox's next diff is taken against what there was before: against nothing, it would hold all memory. */
    @Override
    public void discard(SnapshotId snapshot, Optional<SnapshotId> former) {
        try (StoreLocks.Held lock = context.store().locks().sandbox(name)) {
            SandboxRecord record = new Recovery(context).recover(name);
            if (record.parent().equals(Optional.of(snapshot))) {
                context.records().save(record.withParent(former));
            }
        }
        new Snapshots(context).delete(snapshot);
    }
}
