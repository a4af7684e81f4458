package dev.smolvm.cli.command.store;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.output.Printable;
import dev.smolvm.cli.output.Style;
import dev.smolvm.cli.output.Table;
import dev.smolvm.cli.session.Session;
import dev.smolvm.json.Json;
import dev.smolvm.upkeep.StoreObject;
import dev.smolvm.upkeep.StoreUsage;
import java.io.PrintStream;

/** {@code smolvm store usage} */
public final class StoreUsageCommand extends DataCommand {
    public StoreUsageCommand() {
        super(
                "Show what uses how much of the disk.",
                "OWN is what would be freed if that alone were deleted, SHARED what others use too. Holes in files"
                        + " take nothing. The parts add up to what du says, each file counted once.");
        declare.example("smolvm store usage", "What to delete when the disk is full");
        declare.example("smolvm store usage --json", "In bytes, for a script");
    }

    @Override
    protected Result result(Session session) {
        StoreUsage usage = session.library().upkeep().usage();
        return Result.of(json(usage), (out, style) -> print(usage, out, style));
    }

    private static Json json(StoreUsage usage) {
        return Json.object()
                .put(
                        "objects",
                        new Json.Arr(usage.objects().stream()
                                .<Json>map(i -> Json.object()
                                        .put("kind", i.object().kind().label())
                                        .put("name", i.object().name())
                                        .put("own_bytes", i.ownBytes())
                                        .put("shared_bytes", i.sharedBytes())
                                        .build())
                                .toList()))
                .put("images_bytes", usage.images())
                .put("templates_bytes", usage.templates())
                .put("snapshots_bytes", usage.snapshots())
                .put("sandboxes_bytes", usage.sandboxes())
                .put("unused_layers_bytes", usage.unused())
                .put("unfinished_bytes", usage.unfinished())
                .put("other_bytes", usage.other())
                .put("total_bytes", usage.total())
                .put(
                        "unreadable",
                        Json.ofStrings(usage.incomplete().stream()
                                .map(StoreObject::toString)
                                .toList()))
                .build();
    }

    private static void print(StoreUsage usage, PrintStream out, Style style) {
        Table objects = new Table("KIND", "NAME", "OWN", "SHARED");
        for (StoreUsage.Item item : usage.objects()) {
            objects.row(
                    item.object().kind().label(),
                    item.object().name(),
                    Printable.size(item.ownBytes()),
                    Printable.size(item.sharedBytes()));
        }
        objects.print(out, style);
        out.println();
        new Table("PART", "SIZE")
                .row("images, and what uses them too", Printable.size(usage.images()))
                .row("templates", Printable.size(usage.templates()))
                .row("snapshots", Printable.size(usage.snapshots()))
                .row("sandboxes alone", Printable.size(usage.sandboxes()))
                .row("unused layers", Printable.size(usage.unused()))
                .row("unfinished work", Printable.size(usage.unfinished()))
                .row("everything else", Printable.size(usage.other()))
                .row("total", Printable.size(usage.total()))
                .print(out, style);
        usage.incomplete()
                .forEach(o -> out.println("note: the manifest of " + o + " cannot be read; what it uses counts as"
                        + " unused. See smolvm store check"));
    }
}
