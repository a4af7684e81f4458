package dev.smolvm.cli;

import dev.smolvm.cli.command.Command;
import dev.smolvm.cli.output.Envelope;
import dev.smolvm.cli.output.ErrorPrinter;
import dev.smolvm.cli.output.Failure;
import dev.smolvm.cli.output.Style;
import dev.smolvm.cli.session.Session;
import dev.smolvm.cli.session.Surroundings;
import dev.smolvm.cli.tree.CommandNode;
import dev.smolvm.cli.tree.HelpPage;
import dev.smolvm.error.ErrorKind;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;

/** Runs one command line. */
public final class Cli {
    static final String PROGRAM = "smolvm";
    static final Map<String, String> FIRST_STEPS =
            Map.of("smolvm quickstart", "See all of it work, from set-up to a restored snapshot");

    private final Surroundings surroundings;
    private final CommandNode.Group root;

    public Cli(Surroundings surroundings, CommandNode.Group root) {
        this.surroundings = surroundings;
        this.root = root;
    }

    /** Returns the process's exit code; everything else has been told on the streams. */
    public int run(String... args) {
        Session session = new Session(surroundings);
        CommandPath path = new CommandPath(root);
        int exitCode = run(path, args, session);
        session.out().flush();
        Optional<IOException> lost = session.bytes().lost();
        if (lost.isEmpty()) {
            return exitCode;
        }
        Failure failure = Failure.ofOutput(lost.get());
        new ErrorPrinter(session.err(), session.errStyle(), path.verbose()).print(failure);
        return exitCode == 0 ? failure.kind().exitCode() : exitCode;
    }

    private int run(CommandPath path, String[] args, Session session) {
        try {
            return runOrThrow(path, args, session);
        } catch (Exception | StackOverflowError | OutOfMemoryError | LinkageError e) {
            if (session.bytes().ended(e)) {
                return 0;
            }
            return tell(surroundings.signals().interrupted() ? interruption(e) : Failure.of(e), path, args, session);
        }
    }

    private int runOrThrow(CommandPath path, String[] args, Session session) throws Exception {
        return switch (path.walk(args)) {
            case HELP -> {
                printGroupHelp(path, session.out(), session.outStyle());
                yield 0;
            }
            case VERSION -> {
                session.out().println(PROGRAM + " " + version());
                yield 0;
            }
            case INCOMPLETE -> {
                if (path.json(args)) {
                    throw path.incomplete();
                }
                printGroupHelp(path, session.err(), session.errStyle());
                yield ErrorKind.USAGE.exitCode();
            }
            case COMMAND -> runCommand(path, session);
        };
    }

    private static int runCommand(CommandPath path, Session session) throws Exception {
        Command command = path.command().orElseThrow();
        CommandLine parser = new CommandLine(command.declaration().spec().name(path.words()))
                .setExpandAtFiles(false)
                .setInterpolateVariables(false);
        if (parser.parseArgs(path.rest()).isUsageHelpRequested()) {
            HelpPage.print(path.words(), command, session.out(), session.outStyle());
            return 0;
        }
        return command.run(path.dotted(), session);
    }

    private static void printGroupHelp(CommandPath path, PrintStream to, Style style) {
        HelpPage.print(path.words(), path.group(), FIRST_STEPS, to, style);
    }

    private static int tell(Failure failure, CommandPath path, String[] args, Session session) {
        boolean verbose = path.verbose();
        ErrorPrinter printer = new ErrorPrinter(session.err(), session.errStyle(), verbose);
        boolean json = path.json(args);
        if (json) {
            session.out().println(Envelope.failure(path.dotted(), failure).compact());
        }
        if (json && session.bytes().lost().isEmpty()) {
            printer.printTrace(failure);
        } else {
            session.out().flush();
            printer.print(failure);
        }
        return failure.kind().exitCode();
    }

    /** Whatever an interrupted operation threw while it undid its work, it was the interruption that ended it. */
    private static Failure interruption(Throwable thrown) {
        Failure failure = Failure.of(thrown);
        // What it says of its own undoing misleads; what it knows of the interruption does not.
        return failure.kind() == ErrorKind.INTERRUPTED
                ? failure
                : new Failure(ErrorKind.INTERRUPTED, "interrupted", "", failure.details(), thrown);
    }

    static String version() {
        try (InputStream version = Cli.class.getResourceAsStream("version")) {
            return new String(version.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
