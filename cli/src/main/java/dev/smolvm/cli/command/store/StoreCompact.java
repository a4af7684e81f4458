package dev.smolvm.cli.command.store;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.declare.Values;
import dev.smolvm.cli.library.UpkeepLibrary;
import dev.smolvm.cli.output.Printable;
import dev.smolvm.cli.output.Style;
import dev.smolvm.cli.output.Table;
import dev.smolvm.cli.session.Session;
import dev.smolvm.json.Json;
import dev.smolvm.upkeep.CompactReport;
import dev.smolvm.upkeep.CompactRequest;
import java.io.PrintStream;

/** {@code smolvm store compact} */
public final class StoreCompact extends DataCommand {
    private final Values<String> references = declare.optionalParameters(
            "SANDBOX|SNAPSHOT", Converters::text, "Whose disks (default: those of all sandboxes and snapshots).");
    private final Value<Integer> longerThan = declare.option(
            "--longer-than",
            "LAYERS",
            Converters::positive,
            "Leave disks of at most so many layers as they are (default 1).");

    public StoreCompact() {
        super(
                "Merge disk layers that only ever occur together.",
                "Each snapshot adds a layer to its sandbox's disk, which stays when the snapshot goes. Layers that no"
                        + " snapshot ends at any more become one, which frees what the upper ones replaced. The disks"
                        + " hold the same as before. Those of a sandbox that runs are left alone, and so is what"
                        + " another command uses.");
        declare.example("smolvm store compact", "Wherever it saves room");
        declare.example("smolvm store compact web", "The disk of one sandbox");
        declare.example("smolvm store compact --longer-than 16", "Long chains only, as for a nightly job");
    }

    @Override
    protected Result result(Session session) throws Exception {
        UpkeepLibrary upkeep = session.library().upkeep();
        CompactRequest request = upkeep.chainsOf(references.get(), longerThan.or(1));
        CompactReport report = session.withProgress(p -> upkeep.compact(request, p));
        return Result.of(json(report), (out, style) -> print(report, out, style));
    }

    private static Json json(CompactReport report) {
        return Json.object()
                .put(
                        "changed",
                        new Json.Arr(report.changed().stream()
                                .<Json>map(c -> Json.object()
                                        .put("kind", c.object().kind().label())
                                        .put("name", c.object().name())
                                        .put("layers_before", c.layersBefore())
                                        .put("layers_after", c.layersAfter())
                                        .put("bytes_before", c.bytesBefore())
                                        .put("bytes_after", c.bytesAfter())
                                        .build())
                                .toList()))
                .put(
                        "skipped",
                        new Json.Arr(report.skipped().stream()
                                .<Json>map(s -> Json.object()
                                        .put("kind", s.object().kind().label())
                                        .put("name", s.object().name())
                                        .put("why", s.why())
                                        .put("next", s.next().isEmpty() ? Json.NULL : Json.of(s.next()))
                                        .build())
                                .toList()))
                .put("freed_bytes", report.freedBytes())
                .build();
    }

    private static void print(CompactReport report, PrintStream out, Style style) {
        if (!report.changed().isEmpty()) {
            Table table = new Table("KIND", "NAME", "LAYERS", "AFTER", "SIZE", "AFTER");
            for (CompactReport.Changed changed : report.changed()) {
                table.row(
                        changed.object().kind().label(),
                        changed.object().name(),
                        Integer.toString(changed.layersBefore()),
                        Integer.toString(changed.layersAfter()),
                        Printable.size(changed.bytesBefore()),
                        Printable.size(changed.bytesAfter()));
            }
            table.print(out, style);
        }
        for (CompactReport.Skipped skipped : report.skipped()) {
            out.println(style.yellow("skipped: ")
                    + Printable.clean(skipped.object() + ": " + skipped.why()
                            + (skipped.next().isEmpty() ? "" : "; first: " + skipped.next())));
        }
        out.println(ending(report));
    }

    private static String ending(CompactReport report) {
        if (report.changed().isEmpty()) {
            return report.skipped().isEmpty() ? "nothing to merge" : "nothing merged";
        }
        return Printable.size(report.freedBytes()) + " freed";
    }
}
