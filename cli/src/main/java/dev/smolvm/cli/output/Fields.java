package dev.smolvm.cli.output;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** One object's properties, a line each: {@code label: value} with the values in one column. */
public final class Fields {
    private record Field(String label, String value) {}

    private final List<Field> fields = new ArrayList<>();

    public Fields put(String label, String value) {
        fields.add(new Field(label, value));
        return this;
    }

    public void print(PrintStream out, Style style) {
        int width = 0;
        for (Field field : fields) {
            width = Math.max(width, field.label.length() + 2);
        }
        for (Field field : fields) {
            StringBuilder gap = new StringBuilder().repeat(' ', width - field.label.length() - 1);
            out.println(style.bold(field.label + ":") + gap + Printable.clean(field.value));
        }
    }
}
