package dev.smolvm.cli.command;

import dev.smolvm.cli.declare.CommandDeclaration;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Flag;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.session.Session;
import java.time.Duration;

/** One command: declares what it takes, calls the library, prints. A new object is made for each run. */
public abstract class Command {
    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(10);

    protected final CommandDeclaration declare;
    private final Flag verbose;
    private final Value<Duration> lockTimeout;

    protected Command(String summary, String... description) {
        declare = new CommandDeclaration(summary, description);
        verbose = declare.commonFlag("--verbose", "Show what is done, and stack traces of errors, on stderr.");
        lockTimeout = declare.commonOption(
                "--lock-timeout",
                "SECONDS",
                Converters::duration,
                "How long to wait for a sandbox or store that another command holds (default 10).");
    }

    public CommandDeclaration declaration() {
        return declare;
    }

    /** Runs with the parsed command line; returns the process's exit code. */
    public final int run(String name, Session session) throws Exception {
        session.configure(verbose.given(), lockTimeout.or(LOCK_TIMEOUT));
        return execute(name, session);
    }

    /** @param name the command's full name with dots, such as {@code sandbox.snapshot.create} */
    protected abstract int execute(String name, Session session) throws Exception;

    public boolean verbose() {
        return verbose.given();
    }

    /** Whether the command can print JSON at all. */
    public boolean printsData() {
        return false;
    }
}
