package dev.smolvm.cli.command.sandbox;

import dev.smolvm.cli.command.Command;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Flag;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.declare.Values;
import dev.smolvm.cli.library.SandboxLibrary;
import dev.smolvm.cli.session.Session;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.TerminalSize;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.store.SandboxName;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code smolvm sandbox exec} */
public final class SandboxExec extends Command {
    private final Values<String> environment = declare.repeated(
            "--env",
            "NAME[=VALUE]",
            Converters::text,
            "A variable for the command; without a value, the one it has here; repeatable.");
    private final Value<String> workdir =
            declare.option("--workdir", "DIR", Converters::text, "Where it runs (default: the user's home).");
    private final Value<String> user =
            declare.option("--user", "USER", Converters::text, "The guest's user who runs it (default root).");
    private final Value<Duration> timeout = declare.option(
            "--timeout", "SECONDS", Converters::duration, "Kill it after this time and exit with code 124.");
    private final Flag terminal = declare.flag(
            new String[] {"-t", "--tty"}, "Give it a terminal: for editors, shells and whatever asks for a password.");
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
        ExecRequest request = request(session);
        SandboxLibrary sandboxes = session.library().sandboxes();
        SandboxName target = sandboxes.resolve(sandbox.get());
        if (start.given() && !sandboxes.info(target).status().live()) {
            session.withProgress(p -> sandboxes.start(target, SandboxRequest.DEFAULT_BOOT_TIMEOUT, p));
        }
        try (Guest guest = sandboxes.connect(target, Transfer.CONNECT_DEADLINE)) {
            return new GuestCommand(session).run(guest, request).shellCode();
        }
    }

    private ExecRequest request(Session session) throws IOException {
        Map<String, String> here = session.surroundings().environment();
        Map<String, String> variables = new LinkedHashMap<>(Variables.of(environment.get(), here));
        Optional<TerminalSize> size = Optional.empty();
        if (terminal.given()) {
            if (!session.surroundings().terminals().in()) {
                throw new SmolVmException(
                        ErrorKind.USAGE, "--tty: standard input is not a terminal", "leave --tty out");
            }
            size = Optional.of(session.surroundings().terminalModes().size());
            variables.putIfAbsent("TERM", here.getOrDefault("TERM", "vt100"));
        }
        return new ExecRequest(
                withoutDashes(command.get()), variables, workdir.optional(), user.optional(), timeout.optional(), size);
    }

    /** After the sandbox's name the parser stops looking, so the {@code --} is still there. */
    private static List<String> withoutDashes(List<String> typed) {
        List<String> words = typed.getFirst().equals("--") ? typed.subList(1, typed.size()) : typed;
        if (words.isEmpty()) {
            throw new SmolVmException(
                    ErrorKind.USAGE, "missing COMMAND", "name a command after --, as in: -- uname -a");
        }
        return words;
    }
}
