package dev.smolvm.cli.output;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Rows under headings, each column as wide as its widest cell. */
public final class Table {
    private static final String GAP = "  ";
    /** Of the last column; less tells nothing, and a terminal breaks the line. */
    private static final int LEAST = 20;

    private final List<List<String>> rows = new ArrayList<>();

    public Table(String... headings) {
        rows.add(List.of(headings));
    }

    public Table row(String... cells) {
        if (cells.length != rows.getFirst().size()) {
            throw new IllegalArgumentException("a row of " + cells.length + " cells");
        }
        rows.add(List.of(cells));
        return this;
    }

    public void print(PrintStream out, Style style) {
        print(out, style, Integer.MAX_VALUE);
    }

    /** @param columns of a terminal: what is too long for it is cut in the last column, but for the beginning of it */
    public void print(PrintStream out, Style style, int columns) {
        int[] widths = widths();
        int last = widths.length - 1;
        int before = 0;
        for (int i = 0; i < last; i++) {
            before += widths[i] + GAP.length();
        }
        int room = Math.max(LEAST, columns - before);
        // In one piece: a PrintStream writes each line by itself.
        StringBuilder text = new StringBuilder();
        for (int r = 0; r < rows.size(); r++) {
            List<String> cells = new ArrayList<>(rows.get(r));
            cells.set(last, Printable.shortened(cells.getLast(), room));
            String line = line(cells, widths);
            text.append(r == 0 ? style.bold(line) : line).append('\n');
        }
        out.print(text);
    }

    private int[] widths() {
        int[] widths = new int[rows.getFirst().size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], length(row.get(i)));
            }
        }
        return widths;
    }

    private static String line(List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String cell = Printable.clean(cells.get(i));
            line.append(cell);
            if (i < widths.length - 1) {
                line.repeat(' ', widths[i] - length(cell)).append(GAP);
            }
        }
        return line.toString().stripTrailing();
    }

    private static int length(String cell) {
        return cell.codePointCount(0, cell.length());
    }
}
