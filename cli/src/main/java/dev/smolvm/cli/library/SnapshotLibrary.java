package dev.smolvm.cli.library;

import dev.smolvm.Progress;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.RestoredSandbox;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotNotes;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.VerifyReport;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/** As {@link dev.smolvm.snapshot.Snapshots}. */
public interface SnapshotLibrary {
    SnapshotInfo create(SnapshotRequest request, Progress progress);

    RestoredSandbox restore(RestoreRequest request, Progress progress);

    VerifyReport verify(List<SnapshotId> ids, Progress progress);

    VerifyReport verifyAll(Progress progress);

    List<SnapshotInfo> list(Optional<SandboxName> sandbox, BiConsumer<SnapshotId, SmolVmException> unreadable);

    SnapshotInfo info(SnapshotId id);

    SnapshotId resolve(String reference);

    SnapshotInfo annotate(SnapshotId id, UnaryOperator<SnapshotNotes> change);

    /** What it was; empty if its manifest could not be read any more. */
    Optional<SnapshotInfo> delete(SnapshotId id);
}
