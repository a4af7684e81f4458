package dev.smolvm.cli.command.sandbox;

import dev.smolvm.cli.command.Command;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.library.SandboxLibrary;
import dev.smolvm.cli.session.Session;
import dev.smolvm.cli.session.Surroundings;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.Guest;
import dev.smolvm.store.SandboxName;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code smolvm sandbox shell} */
public final class SandboxShell extends Command {
    /** The login shell that the guest's own password file names for the user, or the plain one. */
    private static final List<String> LOGIN_SHELL = List.of(
            "/bin/sh",
            "-c",
            "shell=$(grep \"^$(id -un):\" /etc/passwd | cut -d: -f7); [ -x \"$shell\" ] || shell=/bin/sh; exec \"$shell\" -l");

    private final Value<String> sandbox =
            declare.parameter("SANDBOX", Converters::text, "The sandbox's name, id or the start of its id.");
    private final Value<String> user =
            declare.option("--user", "USER", Converters::text, "The guest's user (default root).");

    public SandboxShell() {
        super(
                "Open an interactive shell in a sandbox.",
                "The shell has your terminal, its size included. The exit code is the shell's.");
        declare.example("smolvm sandbox shell web", "Look around; leave with exit or Ctrl-D");
    }

    @Override
    protected int execute(String name, Session session) throws Exception {
        // What cannot be a name is refused before a message repeats it; the start of an id can be one.
        String reference = new SandboxName(sandbox.get()).value();
        Surroundings surroundings = session.surroundings();
        if (!surroundings.terminals().in()) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    "standard input is not a terminal",
                    "use: smolvm sandbox exec " + reference + " -- COMMAND");
        }
        SandboxLibrary sandboxes = session.library().sandboxes();
        ExecRequest request = new ExecRequest(
                LOGIN_SHELL,
                Map.of("TERM", surroundings.environment().getOrDefault("TERM", "vt100")),
                Optional.empty(),
                user.optional(),
                Optional.empty(),
                Optional.of(surroundings.terminalModes().size()));
        try (Guest guest = sandboxes.connect(sandboxes.resolve(reference), Transfer.CONNECT_DEADLINE)) {
            return new GuestCommand(session).run(guest, request).shellCode();
        }
    }
}
