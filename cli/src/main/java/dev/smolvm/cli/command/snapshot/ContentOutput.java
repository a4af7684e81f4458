package dev.smolvm.cli.command.snapshot;

import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.output.Printable;
import dev.smolvm.inspect.ContentDiff;
import dev.smolvm.inspect.Side;
import dev.smolvm.json.Json;
import java.util.List;
import java.util.OptionalLong;

/** What differs in one file, as programs and people read it. */
final class ContentOutput {
    private ContentOutput() {}

    static Result of(Side before, Side after, String path, ContentDiff diff) {
        List<String> lines = diff instanceof ContentDiff.Text text ? text.lines() : List.of();
        Json data = Json.object()
                .put("before", DiffOutput.side(before))
                .put("after", DiffOutput.side(after))
                .put("path", path)
                .put(
                        "result",
                        switch (diff) {
                            case ContentDiff.Same _ -> "same";
                            case ContentDiff.Binary _ -> "binary";
                            case ContentDiff.Text _ -> "text";
                        })
                .put("bytes_before", number(diff.before()))
                .put("bytes_after", number(diff.after()))
                .put("lines", Json.ofStrings(lines))
                .build();
        return Result.of(data, (out, style) -> {
            switch (diff) {
                case ContentDiff.Same _ -> out.println("no differences");
                case ContentDiff.Binary binary ->
                    out.println("binary files differ: " + size(binary.before()) + " before, " + size(binary.after())
                            + " after");
                case ContentDiff.Text _ -> lines.forEach(line -> out.println(Printable.clean(line)));
            }
        });
    }

    private static Json number(OptionalLong value) {
        return value.isPresent() ? Json.of(value.getAsLong()) : Json.NULL;
    }

    private static String size(OptionalLong bytes) {
        return bytes.isPresent() ? Printable.size(bytes.getAsLong()) : "nothing";
    }
}
