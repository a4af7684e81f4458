package dev.smolvm.cli.session;

import dev.smolvm.Progress;
import dev.smolvm.cli.library.Library;
import dev.smolvm.cli.output.LineProgress;
import dev.smolvm.cli.output.Notes;
import dev.smolvm.cli.output.StandardOutput;
import dev.smolvm.cli.output.Style;
import dev.smolvm.cli.output.TerminalProgress;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** One run of one command: its streams, its way to the library, and how it talks. */
public final class Session {
    private final Surroundings surroundings;
    private final StandardOutput bytes;
    private final PrintStream out;
    private final PrintStream err;
    private final Style outStyle;
    private final Style errStyle;
    private boolean verbose;
    private Duration lockTimeout = Duration.ZERO;
    private Library library;

    public Session(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.bytes = new StandardOutput(surroundings.out());
        this.out = new PrintStream(bytes, false, StandardCharsets.UTF_8);
        this.err = new PrintStream(surroundings.err(), true, StandardCharsets.UTF_8);
        this.outStyle = Style.of(surroundings.terminals().out(), surroundings.environment());
        this.errStyle = Style.of(surroundings.terminals().err(), surroundings.environment());
    }

    public void configure(boolean verbose, Duration lockTimeout) {
        this.verbose = verbose;
        this.lockTimeout = lockTimeout;
    }

    public Surroundings surroundings() {
        return surroundings;
    }

    /** For text. */
    public PrintStream out() {
        return out;
    }

    /** The same for bytes; unlike the other it throws. */
    public StandardOutput bytes() {
        return bytes;
    }

    public PrintStream err() {
        return err;
    }

    public Style outStyle() {
        return outStyle;
    }

    public Style errStyle() {
        return errStyle;
    }

    public boolean verbose() {
        return verbose;
    }

    /** Opens the library when first asked. From then on there may be something to undo, so signals interrupt this thread. */
    public Library library() {
        if (library == null) {
            surroundings.signals().interruptOnSignal(Thread.currentThread());
            library = surroundings.library().apply(lockTimeout);
        }
        return library;
    }

    /** Runs a long operation with its progress shown: as log lines if verbose, on a terminal as one line, else not at all; what it notes in any case. */
    public <T> T withProgress(Operation<T> operation) throws Exception {
        if (verbose) {
            return operation.run(new LineProgress(err));
        }
        if (errStyle == Style.PLAIN) {
            return operation.run(new Notes(err));
        }
        try (TerminalProgress progress = new TerminalProgress(err, errStyle)) {
            return operation.run(progress);
        }
    }

    /** Something that takes long enough to show its progress. */
    @FunctionalInterface
    public interface Operation<T> {
        T run(Progress progress) throws Exception;
    }
}
