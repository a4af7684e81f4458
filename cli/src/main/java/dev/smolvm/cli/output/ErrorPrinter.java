package dev.smolvm.cli.output;

import dev.smolvm.error.ErrorKind;
import java.io.PrintStream;

/** The one place that tells people of failures. */
public final class ErrorPrinter {
    private final PrintStream err;
    private final Style style;
    private final boolean verbose;

    public ErrorPrinter(PrintStream err, Style style, boolean verbose) {
        this.err = err;
        this.style = style;
        this.verbose = verbose;
    }

    public void print(Failure failure) {
        // Who pressed Ctrl-C knows that, if there is nothing else to know.
        if (failure.kind() != ErrorKind.INTERRUPTED
                || verbose
                || !failure.advice().isEmpty()) {
            err.println(style.red("error:") + " " + Printable.clean(failure.message()));
        }
        if (!failure.advice().isEmpty()) {
            err.println(style.yellow("hint:") + " " + Printable.clean(failure.advice()));
        }
        printTrace(failure);
    }

    /** Where it happened: with {@code --verbose} for every failure, otherwise for none. */
    public void printTrace(Failure failure) {
        if (verbose) {
            failure.cause().printStackTrace(err);
        }
    }
}
