package dev.smolvm.cli.command.sandbox;

import dev.smolvm.cli.declare.CommandDeclaration;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Flag;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.declare.Values;
import dev.smolvm.cli.session.Session;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.TerminalSize;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How a command is to run in a guest: the options of those commands that run one. */
final class CommandOptions {
    private final Values<String> environment;
    private final Value<String> workdir;
    private final Value<String> user;
    private final Value<Duration> timeout;
    private final Flag terminal;

    CommandOptions(CommandDeclaration declare) {
        environment = declare.repeated(
                "--env",
                "NAME[=VALUE]",
                Converters::text,
                "A variable for the command; without a value, the one it has here; repeatable.");
        workdir = declare.option("--workdir", "DIR", Converters::text, "Where it runs (default: the user's home).");
        user = declare.option("--user", "USER", Converters::text, "The guest's user who runs it (default root).");
        timeout = declare.option(
                "--timeout", "SECONDS", Converters::duration, "Kill it after this time and exit with code 124.");
        terminal = declare.flag(
                new String[] {"-t", "--tty"},
                "Give it a terminal: for editors, shells and whatever asks for a password.");
    }

    /** @param command as typed: with the dashes before it */
    ExecRequest request(Session session, List<String> command) throws IOException {
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
                withoutDashes(command), variables, workdir.optional(), user.optional(), timeout.optional(), size);
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
