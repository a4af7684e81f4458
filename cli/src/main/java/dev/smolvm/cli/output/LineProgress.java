package dev.smolvm.cli.output;

import dev.smolvm.Progress;
import java.io.PrintStream;

/** Log lines: one for each step, with the time since the last. */
public final class LineProgress implements Progress {
    private final PrintStream err;
    private final long start = System.nanoTime();

    public LineProgress(PrintStream err) {
        this.err = err;
    }

    @Override
    public void step(String what) {
        err.println("[" + (System.nanoTime() - start) / 1_000_000 + " ms] " + Printable.clean(what));
    }

    @Override
    public void advance(long done, long total) {}

    @Override
    public void note(String text) {
        Notes.print(err, text);
    }
}
