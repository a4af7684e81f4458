package dev.smolvm.checkpoint;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.CommandNotStartedException;
import dev.smolvm.guest.ExecResult;
import dev.smolvm.snapshot.SnapshotInfo;
import java.util.Optional;

/**
 * What came of a guarded command.
 *
 * @param snapshot what was saved before it ran
 * @param ended how it ended, if anybody knows
 * @param failure why nobody does: the guest or the VMM died, or it could not be started
 * @param rolledBack whether the sandbox is as it was before
 * @param snapshotKept whether the snapshot is there still
 * @param leftOver why the snapshot is there still though it was to be removed
 */
public record GuardedResult(
        SnapshotInfo snapshot,
        Optional<ExecResult> ended,
        Optional<SmolVmException> failure,
        boolean rolledBack,
        boolean snapshotKept,
        Optional<String> leftOver) {
    /** Whether anything was run at all. */
    public boolean started() {
        return failure.filter(CommandNotStartedException.class::isInstance).isEmpty();
    }

    public boolean succeeded() {
        return ended.isPresent() && ended.get().shellCode() == 0;
    }
}
