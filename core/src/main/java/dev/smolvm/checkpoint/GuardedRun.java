package dev.smolvm.checkpoint;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.CommandNotStartedException;
import dev.smolvm.guest.ExecResult;
import dev.smolvm.guest.Guest;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.store.SnapshotId;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * Saves a sandbox, runs a command in it, and puts it back if the command fails. What it saved is removed once it is not needed
 * any more: after a success, and after the sandbox was put back.
 */
public final class GuardedRun {
    /** What a guest has to end a command of which the time is up. */
    private static final Duration GRACE = Duration.ofSeconds(15);

    private final SandboxContext context;

    public GuardedRun(SandboxContext context) {
        this.context = context;
    }

    /**
     * Any end but exit code 0 is a failure: a signal, the time-out, a guest or VMM that died, an interruption. A command that the
     * guest could not even start has changed nothing: there is nothing to go back from.
     *
     * @throws SmolVmException before the command ran: nothing has happened; after it: the sandbox could not be put back, and
     *     the snapshot, which is named, is there
     */
    public GuardedResult run(GuardedRequest request, GuardedCommand command, Progress progress) {
        return run(request, command, new GuardedSandbox(context, request.sandbox(), progress), GRACE);
    }

    static GuardedResult run(GuardedRequest request, GuardedCommand command, Guarded sandbox, Duration grace) {
        // One that is stopped, paused or does not answer is told from a command that failed.
        sandbox.connect().close();
        Optional<SnapshotId> former = sandbox.position();
        SnapshotInfo saved = sandbox.save(request.id());
        Ending ending = ending(request, command, sandbox, grace);
        boolean failed = ending.started() && !ending.succeeded();
        boolean rolledBack = failed && request.rollback();
        if (rolledBack) {
            rollBack(sandbox, saved.id(), ending);
        }
        boolean needed = failed && !rolledBack;
        Optional<String> leftOver = Optional.empty();
        if (!needed && !request.keepSnapshot()) {
            leftOver = discard(sandbox, saved.id(), former);
        }
        return new GuardedResult(
                saved,
                ending.result(),
                rolledBack ? ending.failure().map(GuardedRun::withoutAdvice) : ending.failure(),
                rolledBack,
                needed || request.keepSnapshot() || leftOver.isPresent(),
                leftOver);
    }

    private record Ending(Optional<ExecResult> result, Optional<SmolVmException> failure) {
        boolean succeeded() {
            return result.isPresent() && result.get().shellCode() == 0;
        }

        boolean started() {
            return failure.filter(CommandNotStartedException.class::isInstance).isEmpty();
        }

        String text() {
            return failure.map(Throwable::getMessage)
                    .orElseGet(() -> "the command failed with code "
                            + result.orElseThrow().shellCode());
        }
    }

    private static Ending ending(GuardedRequest request, GuardedCommand command, Guarded sandbox, Duration grace) {
        try (TimeLimit limit = TimeLimit.of(request.timeout().map(t -> t.plus(grace)))) {
            try (Guest guest = sandbox.connect()) {
                return new Ending(Optional.of(command.run(guest)), Optional.empty());
            } catch (IOException | SmolVmException e) {
                return new Ending(Optional.empty(), Optional.of(limit.passed() ? hangs(request, e) : known(e)));
            }
        } finally {
            // Whoever interrupted it wants the command to end, not what follows: that is what this is for.
            Thread.interrupted();
        }
    }

    private static SmolVmException hangs(GuardedRequest request, Exception cause) {
        return new SmolVmException(
                ErrorKind.GUEST_UNRESPONSIVE,
                "the guest of sandbox " + request.sandbox() + " did not end the command when its time was up",
                "smolvm sandbox stop --force " + request.sandbox(),
                cause);
    }

    private static SmolVmException known(Exception e) {
        return e instanceof IOException io ? SmolVmException.of("run the command", io) : (SmolVmException) e;
    }

    /** What to do about a sandbox that failed would end the one that was just put back. */
    private static SmolVmException withoutAdvice(SmolVmException failure) {
        return new SmolVmException(failure.kind(), failure.getMessage(), "", failure);
    }

    private static void rollBack(Guarded sandbox, SnapshotId saved, Ending ending) {
        try {
            sandbox.restore(saved);
        } catch (SmolVmException e) {
            SmolVmException failed = new SmolVmException(
                    e.kind(),
                    ending.text() + "; and the sandbox could not be put back to snapshot " + saved + ": "
                            + e.getMessage(),
                    // Its own advice spares a namesake, or says what keeps it busy.
                    e.kind() == ErrorKind.CONFLICT
                            ? e.advice()
                            : "smolvm sandbox snapshot restore " + saved + " --resume",
                    e);
            ending.failure().ifPresent(failed::addSuppressed);
            throw failed;
        }
    }

    /** The command's end stands, whether the snapshot can be removed or not; why it cannot. */
    private static Optional<String> discard(Guarded sandbox, SnapshotId saved, Optional<SnapshotId> former) {
        try {
            sandbox.discard(saved, former);
            return Optional.empty();
        } catch (SmolVmException e) {
            return Optional.of(e.getMessage());
        }
    }
}
