package dev.smolvm.cli.command.sandbox;

import dev.smolvm.cli.output.Envelope;
import dev.smolvm.cli.output.Style;
import dev.smolvm.cli.output.Table;
import dev.smolvm.fork.ForkResult;
import dev.smolvm.fork.ForkedCopy;
import dev.smolvm.json.Json;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Forks as programs and people read them. */
final class ForkOutput {
    private ForkOutput() {}

    static Json json(ForkResult result) {
        List<Json> copies = new ArrayList<>();
        for (ForkedCopy copy : result.copies()) {
            copies.add(
                    switch (copy) {
                        case ForkedCopy.Up up ->
                            started(copy, up.sandbox().status().label())
                                    .put("sandbox", SandboxOutput.full(up.sandbox()))
                                    .put("error", Json.NULL)
                                    .build();
                        case ForkedCopy.Failed failed ->
                            started(copy, "failed")
                                    .put("sandbox", Json.NULL)
                                    .put("error", Envelope.error(failed.failure()))
                                    .build();
                    });
        }
        return Json.object()
                .put("source", result.source().value())
                .put(
                        "snapshot_id",
                        Json.of(result.snapshot().map(s -> s.id().value()).orElse(null)))
                .put("forks", new Json.Arr(copies))
                .build();
    }

    private static Json.Builder started(ForkedCopy copy, String status) {
        return Json.object()
                .put("index", copy.index())
                .put("name", copy.name().value())
                .put("status", status);
    }

    static void print(ForkResult result, PrintStream out, Style style) {
        Table table = new Table("NAME", "INDEX", "STATUS");
        for (ForkedCopy copy : result.copies()) {
            table.row(
                    copy.name().value(),
                    Integer.toString(copy.index()),
                    switch (copy) {
                        case ForkedCopy.Up up -> up.sandbox().status().label();
                        case ForkedCopy.Failed failed ->
                            "failed: " + failed.failure().getMessage();
                    });
        }
        table.print(out, style);
        result.snapshot().ifPresent(s -> out.println("from snapshot " + s.id()));
    }
}
