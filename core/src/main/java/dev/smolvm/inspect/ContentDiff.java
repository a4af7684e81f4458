package dev.smolvm.inspect;

import java.util.List;
import java.util.OptionalLong;

/** What differs in one file. */
public sealed interface ContentDiff {
    /** In bytes; empty where there was no such file. */
    OptionalLong before();

    OptionalLong after();

    /** The same on both sides. */
    record Same(OptionalLong before, OptionalLong after) implements ContentDiff {}

    /** At least one side is no text. */
    record Binary(OptionalLong before, OptionalLong after) implements ContentDiff {}

    /** @param lines a unified diff with three lines of context, its two lines of header first */
    record Text(OptionalLong before, OptionalLong after, List<String> lines) implements ContentDiff {
        public Text {
            lines = List.copyOf(lines);
        }
    }
}
