package dev.smolvm.cli.output;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import java.io.PrintStream;

/** A command for several objects that failed at one of them; says which were done. */
public final class PartlyDone extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Json details;
    private final transient Text text;

    /** What was done, for people; programs have the details. */
    public interface Text {
        void print(PrintStream out, Style style);
    }

    public PartlyDone(SmolVmException cause, Json details) {
        this(cause, details, (out, style) -> {});
    }

    public PartlyDone(SmolVmException cause, Json details, Text text) {
        super(cause);
        this.details = details;
        this.text = text;
    }

    Json details() {
        return details;
    }

    public Text text() {
        return text;
    }
}
