package dev.smolvm.cli.output;

import dev.smolvm.Progress;
import java.io.PrintStream;

/** One line at the bottom of a terminal that is drawn again and again, and gone at the end. */
public final class TerminalProgress implements Progress, AutoCloseable {
    private static final long REDRAW_NANOS = 100_000_000;
    private static final int BAR = 24;
    private static final int MAX_TEXT = 48;
    private static final String CLEAR_LINE = "\r\033[K";

    private final PrintStream err;
    private final Style style;
    private String what = "";
    private long drawn;

    public TerminalProgress(PrintStream err, Style style) {
        this.err = err;
        this.style = style;
    }

    @Override
    public synchronized void step(String step) {
        what = Printable.clean(step);
        draw(what.length() > MAX_TEXT ? what.substring(0, MAX_TEXT) + "…" : what);
    }

    @Override
    public synchronized void advance(long done, long total) {
        long now = System.nanoTime();
        if (now - drawn < REDRAW_NANOS) {
            return;
        }
        String text = what.length() > MAX_TEXT ? what.substring(0, MAX_TEXT) + "…" : what;
        if (total <= 0) {
            draw(text + " " + done);
            return;
        }
        int filled = (int) (BAR * Math.min(done, total) / total);
        String bar = "█".repeat(filled) + style.faint("░".repeat(BAR - filled));
        draw(text + " " + bar + " " + 100 * Math.min(done, total) / total + "%");
    }

    /** A line that stays, above the one that is drawn. */
    @Override
    public synchronized void note(String text) {
        clear();
        Notes.print(err, text);
    }

    @Override
    public synchronized void close() {
        clear();
    }

    private void clear() {
        if (drawn != 0) {
            err.print(CLEAR_LINE);
            err.flush();
        }
    }

    private void draw(String line) {
        drawn = System.nanoTime();
        err.print(CLEAR_LINE + line);
        err.flush();
    }
}
