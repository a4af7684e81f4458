package dev.smolvm.fork;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.GuestVariables;
import dev.smolvm.os.Uninterrupted;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.sandbox.SandboxInfo;
import dev.smolvm.sandbox.SandboxRecord;
import dev.smolvm.snapshot.FlushPolicy;
import dev.smolvm.snapshot.ForkSource;
import dev.smolvm.snapshot.SnapshotIds;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotRecords;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.snapshot.Snapshots;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.util.List;
import java.util.Optional;

/** Makes many sandboxes of one that runs: one full snapshot of it, from which the copies are started. */
public final class Forks {
    /** The variable that tells the commands in a copy which one it is, from 1 on. */
    public static final String INDEX = "SMOLVM_FORK_INDEX";

    /** More copies than any machine runs: a slip of the finger. */
    private static final int MAX_COUNT = 1_000;

    private static final int MIN_PARALLEL = 2;

    private final SandboxContext context;
    private final Snapshots snapshots;

    public Forks(SandboxContext context) {
        this.context = context;
        this.snapshots = new Snapshots(context);
    }

    /**
     * Captures a sandbox and starts copies of it. A copy that fails is gone again and leaves the others alone; see
     * {@link ForkResult#failure()}. The snapshot stays, unless no copy came up.
     *
     * @throws SmolVmException what keeps all of it from happening: names, variables, the capture. Nothing is touched then.
     */
    public ForkResult fork(ForkRequest request, Progress progress) {
        SandboxRecord source = context.records().load(request.source());
        CopyNames naming = new CopyNames(request, context.records()::exists);
        List<SandboxName> names = checked(request, source, naming, progress);
        SnapshotInfo snapshot = capture(request, progress);
        List<ForkedCopy> copies;
        try (ForkSource forks = snapshots.forkSource(snapshot.id())) {
            progress.step("start " + names.size() + (names.size() == 1 ? " copy" : " copies"));
            copies = CopyStarts.run(
                    names,
                    parallel(request),
                    (index, name) ->
                            new ForkedCopy.Up(index, start(forks, name, variables(request, source, index), naming)),
                    progress);
        } catch (RuntimeException e) {
            remove(snapshot, e);
            throw e;
        }
        return result(request, snapshot, copies);
    }

    private static SandboxInfo start(ForkSource forks, SandboxName first, GuestVariables variables, CopyNames naming) {
        SandboxName name = first;
        while (true) {
            try {
                return forks.fork(name, variables);
            } catch (SmolVmException e) {
                if (e.kind() != ErrorKind.CONFLICT) {
                    throw e;
                }
                name = naming.another(name).orElseThrow(() -> e);
            }
        }
    }

    private List<SandboxName> checked(ForkRequest request, SandboxRecord source, CopyNames naming, Progress progress) {
        if (request.count() < 1 || request.count() > MAX_COUNT) {
            throw new SmolVmException(
                    ErrorKind.USAGE, "--count: " + request.count() + " copies", "give a number from 1 to " + MAX_COUNT);
        }
        if (request.variables().values().containsKey(INDEX)) {
            throw new SmolVmException(
                    ErrorKind.USAGE, INDEX + " is each copy's own number", "give the variable another name");
        }
        List<SandboxName> names = naming.all();
        if (!source.definition().agent()) {
            if (!request.variables().isEmpty()) {
                throw new SmolVmException(
                        ErrorKind.UNSUPPORTED,
                        "--env: sandbox " + source.name() + " has no agent, which would keep the variables",
                        "leave --env out, or build the image with the agent (without --no-agent)");
            }
            progress.note("sandbox " + source.name() + " has no agent: " + INDEX + " is not set in its copies");
        }
        return names;
    }

    private static GuestVariables variables(ForkRequest request, SandboxRecord source, int index) {
        return source.definition().agent()
                ? request.variables().with(INDEX, Integer.toString(index))
                : GuestVariables.NONE;
    }

    private static int parallel(ForkRequest request) {
        int cpus = Math.max(MIN_PARALLEL, Runtime.getRuntime().availableProcessors());
        return Math.min(request.count(), request.parallel().orElse(cpus));
    }

    private SnapshotInfo capture(ForkRequest request, Progress progress) {
        if (request.snapshotId().isPresent()) {
            return capture(request.source(), request.snapshotId().get(), progress);
        }
        SnapshotRecords records = new SnapshotRecords(context.store());
        while (true) {
            SnapshotId id = SnapshotIds.free("fork", request.source(), records);
            try {
                return capture(request.source(), id, progress);
            } catch (SmolVmException e) {
                // Another fork in the same second was quicker.
                if (e.kind() != ErrorKind.CONFLICT || !records.exists(id)) {
                    throw e;
                }
            }
        }
    }

    private SnapshotInfo capture(SandboxName source, SnapshotId id, Progress progress) {
        return snapshots.create(
                new SnapshotRequest(source, Optional.of(id), SnapshotType.FULL, true, false, FlushPolicy.REQUIRED),
                progress);
    }

    private ForkResult result(ForkRequest request, SnapshotInfo snapshot, List<ForkedCopy> copies) {
        boolean anyUp = copies.stream().anyMatch(c -> c instanceof ForkedCopy.Up);
        ForkResult result =
                new ForkResult(request.source(), Optional.of(snapshot).filter(_ -> anyUp), copies);
        if (!anyUp) {
            result.failure().ifPresent(e -> remove(snapshot, e));
        }
        if (Thread.currentThread().isInterrupted()) {
            throw result.interrupted();
        }
        return result;
    }

    private void remove(SnapshotInfo snapshot, Exception failure) {
        Uninterrupted.run(() -> {
            try {
                snapshots.delete(snapshot.id());
            } catch (RuntimeException e) {
                failure.addSuppressed(e);
            }
        });
    }
}
