package dev.smolvm.cli.output;

import dev.smolvm.Progress;
import java.io.PrintStream;

/** Shows no progress, but what the user should know. */
public final class Notes implements Progress {
    private final PrintStream err;

    public Notes(PrintStream err) {
        this.err = err;
    }

    static void print(PrintStream err, String text) {
        err.println("note: " + Printable.clean(text));
    }

    @Override
    public void step(String what) {}

    @Override
    public void advance(long done, long total) {}

    @Override
    public void note(String text) {
        print(err, text);
    }
}
