package dev.smolvm.cli.command;

import dev.smolvm.cli.output.Style;
import dev.smolvm.json.Json;
import java.io.PrintStream;
import java.util.function.Supplier;

/**
 * What a command has to say, in one of two ways.
 *
 * @param data for programs
 * @param text the same for people
 */
public record Result(Supplier<Json> data, Text text, int exitCode) {
    public Result(Json data, Text text, int exitCode) {
        this(() -> data, text, exitCode);
    }

    public static Result of(Json data, Text text) {
        return new Result(data, text, 0);
    }

    /** For long lists: the way that nobody asked for is not made. */
    public static Result of(Supplier<Json> data, Text text) {
        return new Result(data, text, 0);
    }

    /** With one line for people. */
    public static Result of(Json data, String line) {
        return of(data, (out, style) -> out.println(line));
    }

    /** Prints for people. */
    @FunctionalInterface
    public interface Text {
        void print(PrintStream out, Style style);
    }
}
