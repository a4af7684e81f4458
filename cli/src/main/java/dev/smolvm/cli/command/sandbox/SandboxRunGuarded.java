package dev.smolvm.cli.command.sandbox;

import dev.smolvm.Progress;
import dev.smolvm.checkpoint.GuardedRequest;
import dev.smolvm.checkpoint.GuardedResult;
import dev.smolvm.cli.command.Command;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Flag;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.declare.Values;
import dev.smolvm.cli.output.LineProgress;
import dev.smolvm.cli.output.Notes;
import dev.smolvm.cli.session.Session;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;

/** {@code smolvm sandbox run-guarded} */
public final class SandboxRunGuarded extends Command {
    private final Flag rollback =
            declare.flag("--rollback-on-failure", "Put the sandbox back to before the command if it fails.");
    private final Flag keepSnapshot =
            declare.flag("--keep-snapshot", "Keep the snapshot also where it is not needed any more.");
    private final Value<SnapshotId> id = declare.option(
            "--snapshot-id", "ID", SnapshotId::new, "The snapshot's id (default: made from the name and the time).");
    private final CommandOptions options = new CommandOptions(declare);
    private final Value<String> sandbox =
            declare.parameter("SANDBOX", Converters::text, "The sandbox's name, id or the start of its id.");
    private final Values<String> command =
            declare.parameters("COMMAND", Converters::text, "The command and its arguments, after --.");

    public SandboxRunGuarded() {
        super(
                "Save a sandbox, run a command in it, and go back if it fails.",
                "The sandbox is saved while it runs, with its memory. If the command succeeds, the sandbox keeps what it"
                        + " did, and the snapshot is removed. If it fails, the sandbox is put back and the snapshot removed"
                        + " with --rollback-on-failure; without it both stay, and a note tells how to go back. Any end but"
                        + " exit code 0 is a failure: a signal, Ctrl-C too, the time-out, a guest that dies or, with"
                        + " --timeout, hangs. Streams, signals and the exit code are as those of 'sandbox exec'.");
        declare.spec().parser().stopAtPositional(true);
        declare.spec()
                .usageMessage()
                .customSynopsis("smolvm sandbox run-guarded [OPTIONS] SANDBOX -- COMMAND [ARGUMENT...]");
        declare.example(
                "smolvm sandbox run-guarded --rollback-on-failure web -- apt-get -y upgrade", "Upgraded, or as before");
        declare.example("smolvm sandbox run-guarded --timeout 5m web -- ./migrate", "Decide afterwards");
    }

    @Override
    protected int execute(String name, Session session) throws Exception {
        ExecRequest request = options.request(session, command.get());
        SandboxName target = session.library().sandboxes().resolve(sandbox.get());
        GuardedRequest guarded =
                new GuardedRequest(target, id.optional(), rollback.given(), keepSnapshot.given(), request.timeout());
        // No line that is drawn again and again: the command has the terminal.
        Progress progress = session.verbose() ? new LineProgress(session.err()) : new Notes(session.err());
        GuardedResult result = session.library()
                .checkpoints()
                .guard(guarded, guest -> new GuestCommand(session).run(guest, request), progress);
        tell(target, result, progress);
        if (result.failure().isPresent()) {
            throw result.failure().get();
        }
        return result.ended().orElseThrow().shellCode();
    }

    private static void tell(SandboxName sandbox, GuardedResult result, Progress notes) {
        String saved = "snapshot " + result.snapshot().id() + " holds what was before";
        String ended = result.ended()
                .map(e -> "the command failed with code " + e.shellCode())
                .orElse("the command was not run to its end");
        if (result.succeeded()) {
            notes.note("the command succeeded: sandbox " + sandbox + " keeps what it did");
        } else if (!result.started()) {
            notes.note("the command was not started: sandbox " + sandbox + " is as it was");
        } else if (result.rolledBack()) {
            notes.note(ended + ": sandbox " + sandbox + " was put back to before it");
        } else {
            notes.note(ended + ": sandbox " + sandbox + " stays as it is; to go back: smolvm sandbox snapshot restore "
                    + result.snapshot().id() + " --resume");
        }
        result.leftOver().ifPresent(why -> notes.note("the snapshot could not be removed: " + why));
        if (result.snapshotKept() && (result.succeeded() || result.rolledBack() || !result.started())) {
            notes.note(saved);
        }
    }
}
