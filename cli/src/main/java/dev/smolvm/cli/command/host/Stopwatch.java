package dev.smolvm.cli.command.host;

import dev.smolvm.cli.output.Style;
import java.io.PrintStream;

/** Prints each step with the time it took. */
final class Stopwatch {
    private static final int WIDTH = 7;
    private final PrintStream out;
    private final Style style;
    private final long start = System.nanoTime();
    private long stepStart = start;

    Stopwatch(PrintStream out, Style style) {
        this.out = out;
        this.style = style;
    }

    void done(String step) {
        long now = System.nanoTime();
        line(now - stepStart, style.green("ok") + "  " + step);
        stepStart = now;
    }

    void total(String what) {
        line(System.nanoTime() - start, style.bold(what));
    }

    private void line(long nanos, String text) {
        long hundredths = nanos / 10_000_000;
        String seconds = hundredths / 100 + "." + hundredths / 10 % 10 + hundredths % 10 + " s";
        out.println(" ".repeat(Math.max(0, WIDTH + 2 - seconds.length())) + seconds + "  " + text);
        out.flush();
    }
}
