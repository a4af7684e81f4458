package dev.smolvm.cli.command.sandbox;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.declare.Values;
import dev.smolvm.cli.output.PartlyDone;
import dev.smolvm.cli.session.Session;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.fork.ForkRequest;
import dev.smolvm.fork.ForkResult;
import dev.smolvm.guest.GuestVariables;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.util.Optional;
import java.util.OptionalInt;

/** {@code smolvm sandbox fork} */
public final class SandboxFork extends DataCommand {
    private final Value<Integer> count =
            declare.option("--count", "NUMBER", Converters::positive, "How many copies (default 1).");
    private final Value<Integer> parallel = declare.option(
            "--parallel",
            "NUMBER",
            Converters::positive,
            "How many of them are started at the same time (default: as many as there are CPUs, at least 2).");
    private final Value<String> name = declare.option(
            "--name",
            "PATTERN",
            Converters::text,
            "The copies' names; {} in it becomes a copy's index (default: SANDBOX-fork-{}, with free numbers).");
    private final Values<String> environment = declare.repeated(
            "--env",
            "NAME[=VALUE]",
            Converters::text,
            "A variable for every command in every copy; without a value, the one it has here; repeatable.");
    private final Value<SnapshotId> snapshotId = declare.option(
            "--snapshot-id",
            "ID",
            SnapshotId::new,
            "The id of the snapshot that the copies come from (default: fork-SANDBOX-TIME).");
    private final Value<String> sandbox =
            declare.parameter("SANDBOX", Converters::text, "The sandbox's name, id or the start of its id.");

    public SandboxFork() {
        super(
                "Make copies of a sandbox that go on from where it is.",
                "The sandbox is saved while it runs and goes on; the copies start from that snapshot, each with a host"
                        + " name, machine id, SSH host keys and random numbers of its own, and without the source's"
                        + " connections. Commands in a copy see its index, from 1 on, in SMOLVM_FORK_INDEX. A copy"
                        + " that fails leaves nothing behind and the others alone; the exit code is then its own. The"
                        + " snapshot stays, and is deleted only if no copy came up.");
        declare.example("smolvm sandbox fork web", "One copy");
        declare.example("smolvm sandbox fork web --count 10 --name try-{}", "try-1 to try-10");
        declare.example("smolvm sandbox fork web --count 3 --env TOKEN --env MODE=fast", "With variables");
    }

    @Override
    protected Result result(Session session) throws Exception {
        GuestVariables variables = new GuestVariables(
                Variables.of(environment.get(), session.surroundings().environment()));
        SandboxName source = session.library().sandboxes().resolve(sandbox.get());
        ForkRequest request = new ForkRequest(
                source,
                count.or(1),
                parallel.optional().map(OptionalInt::of).orElse(OptionalInt.empty()),
                name.optional(),
                variables,
                snapshotId.optional());
        ForkResult result = session.withProgress(p -> session.library().forks().fork(request, p));
        Optional<SmolVmException> failure = result.failure();
        if (failure.isPresent()) {
            throw new PartlyDone(
                    failure.get(), ForkOutput.json(result), (out, style) -> ForkOutput.print(result, out, style));
        }
        return Result.of(ForkOutput.json(result), (out, style) -> ForkOutput.print(result, out, style));
    }
}
