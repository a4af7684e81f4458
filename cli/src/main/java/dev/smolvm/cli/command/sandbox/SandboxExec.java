package dev.smolvm.cli.command.sandbox;

import dev.smolvm.cli.command.Command;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Flag;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.declare.Values;
import dev.smolvm.cli.library.SandboxLibrary;
import dev.smolvm.cli.session.Session;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.Guest;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.store.SandboxName;

/** {@code smolvm sandbox exec} */
public final class SandboxExec extends Command {
    private final CommandOptions options = new CommandOptions(declare);
    private final Flag start = declare.flag("--start", "Start the sandbox first if it is stopped.");
    private final Value<String> sandbox =
            declare.parameter("SANDBOX", Converters::text, "The sandbox's name, id or the start of its id.");
    private final Values<String> command =
            declare.parameters("COMMAND", Converters::text, "The command and its arguments, after --.");

    public SandboxExec() {
        super(
                "Run a command in a sandbox.",
                "Its input, output and errors are streamed as they come, and Ctrl-C reaches it (a second one leaves at"
                        + " once). The exit code is the command's own: 128 + N after signal N, 124 after --timeout."
                        + " Where smolvm itself fails, it prints a line that begins with 'error:' and exits with a code"
                        + " of the table below.");
        declare.spec().parser().stopAtPositional(true);
        declare.spec().usageMessage().customSynopsis("smolvm sandbox exec [OPTIONS] SANDBOX -- COMMAND [ARGUMENT...]");
        declare.example("smolvm sandbox exec web -- uname -a", "One command");
        declare.example("tar c src | smolvm sandbox exec web -- tar x -C /work", "Feed it from a pipe");
        declare.example("smolvm sandbox exec --env TOKEN --timeout 5m web -- make test", "With a secret from here");
        declare.example("smolvm sandbox exec -t --start web -- vi /etc/hosts", "On a terminal");
    }

    @Override
    protected int execute(String name, Session session) throws Exception {
        ExecRequest request = options.request(session, command.get());
        SandboxLibrary sandboxes = session.library().sandboxes();
        SandboxName target = sandboxes.resolve(sandbox.get());
        if (start.given() && !sandboxes.info(target).status().live()) {
            session.withProgress(p -> sandboxes.start(target, SandboxRequest.DEFAULT_BOOT_TIMEOUT, p));
        }
        try (Guest guest = sandboxes.connect(target, Transfer.CONNECT_DEADLINE)) {
            return new GuestCommand(session).run(guest, request).shellCode();
        }
    }
}
