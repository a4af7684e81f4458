package dev.smolvm.cli.fake;

import dev.smolvm.Progress;
import dev.smolvm.checkpoint.CheckpointListener;
import dev.smolvm.checkpoint.CheckpointRequest;
import dev.smolvm.checkpoint.CheckpointSummary;
import dev.smolvm.checkpoint.GuardedCommand;
import dev.smolvm.checkpoint.GuardedRequest;
import dev.smolvm.checkpoint.GuardedResult;
import dev.smolvm.cli.library.CheckpointLibrary;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.CommandNotStartedException;
import dev.smolvm.guest.ExecResult;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.store.SnapshotId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Takes two checkpoints, and guards whatever it is given. */
public final class FakeCheckpoints implements CheckpointLibrary {
    public final List<CheckpointRequest> requests = new ArrayList<>();
    /** With what taking checkpoints ends; empty: with Ctrl-C. */
    public Optional<SmolVmException> end = Optional.empty();

    public final List<GuardedRequest> guarded = new ArrayList<>();
    private final FakeSandboxes sandboxes;
    private final FakeSnapshots snapshots;

    FakeCheckpoints(FakeSandboxes sandboxes, FakeSnapshots snapshots) {
        this.sandboxes = sandboxes;
        this.snapshots = snapshots;
    }

    @Override
    public CheckpointSummary run(CheckpointRequest request, CheckpointListener listener, Progress progress) {
        requests.add(request);
        SnapshotInfo first = snapshot("c1", request.sandbox().value());
        SnapshotInfo second = snapshot("c2", request.sandbox().value());
        listener.taken(first);
        listener.skipped("sandbox is busy");
        listener.taken(second);
        listener.removed(first);
        end.ifPresent(e -> {
            throw e;
        });
        return new CheckpointSummary(2, List.of(second), 1, 1, true);
    }

    @Override
    public GuardedResult guard(GuardedRequest request, GuardedCommand command, Progress progress) {
        guarded.add(request);
        SnapshotInfo saved = snapshot("guard", request.sandbox().value());
        Optional<ExecResult> ended = Optional.empty();
        Optional<SmolVmException> failure = Optional.empty();
        try {
            ended = Optional.of(command.run(sandboxes.guest));
        } catch (SmolVmException e) {
            failure = Optional.of(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        boolean started =
                failure.filter(CommandNotStartedException.class::isInstance).isEmpty();
        boolean failed = started && (ended.isEmpty() || ended.get().shellCode() != 0);
        return new GuardedResult(
                saved,
                ended,
                failure,
                failed && request.rollback(),
                request.keepSnapshot() || failed && !request.rollback(),
                Optional.empty());
    }

    private SnapshotInfo snapshot(String id, String sandbox) {
        return snapshots.with(id, sandbox, null).info(new SnapshotId(id));
    }
}
