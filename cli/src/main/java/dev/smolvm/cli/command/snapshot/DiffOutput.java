package dev.smolvm.cli.command.snapshot;

import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.output.Printable;
import dev.smolvm.cli.output.Style;
import dev.smolvm.cli.output.Table;
import dev.smolvm.inspect.FileChange;
import dev.smolvm.inspect.FileChange.Change;
import dev.smolvm.inspect.FileKind;
import dev.smolvm.inspect.Side;
import dev.smolvm.inspect.TreeDiff;
import dev.smolvm.json.Json;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** What differs between two disks, as programs and people read it. */
final class DiffOutput {
    private DiffOutput() {}

    static Result of(TreeDiff diff) {
        List<Json> changes = new ArrayList<>();
        Table table = new Table("CHANGE", "KIND", "BEFORE", "AFTER", "PATH");
        for (FileChange change : diff.changes()) {
            changes.add(json(change));
            table.row(
                    what(change),
                    kind(change),
                    size(change.before()),
                    size(change.after()),
                    Printable.name(change.path()));
        }
        Json data = Json.object()
                .put("before", side(diff.before()))
                .put("after", side(diff.after()))
                .put("changes", new Json.Arr(changes))
                .put("totals", totals(diff))
                .build();
        return Result.of(data, (out, style) -> print(diff, table, out, style));
    }

    private static void print(TreeDiff diff, Table table, PrintStream out, Style style) {
        if (diff.changes().isEmpty()) {
            out.println("no differences");
            return;
        }
        table.print(out, style);
        long grown = diff.grownBytes();
        long unreadable = diff.count(Change.UNREADABLE);
        out.println(diff.count(Change.ADDED) + " added, " + diff.count(Change.REMOVED) + " removed, "
                + diff.count(Change.CHANGED) + " changed"
                + (unreadable == 0 ? "" : ", " + unreadable + " unreadable")
                + (grown == 0 ? "" : "; " + Printable.size(Math.abs(grown)) + (grown > 0 ? " more" : " less")));
    }

    static Json side(Side side) {
        return switch (side) {
            case Side.OfSnapshot(var id) ->
                Json.object().put("type", "snapshot").put("id", id.value()).build();
            case Side.OfSandbox(var name) ->
                Json.object().put("type", "sandbox").put("id", name.value()).build();
        };
    }

    private static Json totals(TreeDiff diff) {
        Json.Builder totals = Json.object();
        for (Change change : Change.values()) {
            totals.put(word(change), diff.count(change));
        }
        return totals.put("grown_bytes", diff.grownBytes())
                .put("compared", diff.compared())
                .build();
    }

    private static Json json(FileChange change) {
        return Json.object()
                .put("change", word(change.change()))
                .put("path", change.path())
                .put("before", state(change.before()))
                .put("after", state(change.after()))
                .put(
                        "what",
                        Json.ofStrings(change.aspects().stream()
                                .sorted()
                                .map(FileChange.Aspect::label)
                                .toList()))
                .build();
    }

    private static Json state(Optional<FileChange.State> state) {
        return state.<Json>map(s -> Json.object()
                        .put("kind", s.kind().label())
                        .put("bytes", s.bytes())
                        .build())
                .orElse(Json.NULL);
    }

    private static String word(Change change) {
        return change.name().toLowerCase(Locale.ROOT);
    }

    private static String what(FileChange change) {
        String aspects =
                change.aspects().stream().sorted().map(FileChange.Aspect::label).collect(Collectors.joining(", "));
        return aspects.isEmpty() ? word(change.change()) : aspects;
    }

    private static String kind(FileChange change) {
        String before = change.before().map(s -> s.kind().label()).orElse("");
        String after = change.after().map(s -> s.kind().label()).orElse("");
        if (before.isEmpty() || before.equals(after)) {
            return after.isEmpty() ? "-" : after;
        }
        return after.isEmpty() ? before : before + " to " + after;
    }

    private static String size(Optional<FileChange.State> state) {
        return state.filter(s -> s.kind() == FileKind.FILE)
                .map(s -> Printable.size(s.bytes()))
                .orElse("-");
    }
}
