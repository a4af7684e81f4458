package dev.smolvm.checkpoint;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.history.History;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.sandbox.Sandboxes;
import dev.smolvm.snapshot.Label;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.Snapshots;

/** Saves sandboxes again and again, and keeps only so many of what it saved. */
public final class Checkpoints {
    /** By this label it knows its own. */
    public static final Label MARK = new Label("smolvm.checkpoint", "auto");

    private final SandboxContext context;

    public Checkpoints(SandboxContext context) {
        this.context = context;
    }

    /**
     * Takes the first checkpoint at once and one in each period from then on, until its thread is interrupted. That ends it
     * cleanly: it returns, and what was half done is undone. A period in which the sandbox is busy, paused or does not answer,
     * or the store is full, is left out.
     *
     * <p>Of diffs, each needs the one before. So where only some are to be kept, each so many is a full one, and the older
     * ones go once none that is kept needs them: there are at most twice as many, less one.
     *
     * @throws SmolVmException not found, conflict, VM died: the sandbox is not there any more, or not running
     */
    public CheckpointSummary run(CheckpointRequest request, CheckpointListener listener, Progress progress) {
        Target target = new TargetSandbox(
                request.sandbox(), new Sandboxes(context), new Snapshots(context), new History(context), progress);
        return new CheckpointLoop(request, target, listener, Ticks.REAL).run();
    }

    /** Whether it is one of the sandbox's own. */
    static boolean marked(SnapshotInfo snapshot) {
        return MARK.value().equals(snapshot.labels().get(MARK.key()));
    }

    /** Whether the next attempt may succeed. */
    static boolean passes(ErrorKind kind) {
        return kind == ErrorKind.CONFLICT || kind == ErrorKind.NO_SPACE || kind == ErrorKind.GUEST_UNRESPONSIVE;
    }
}
