package dev.smolvm.cli.command.snapshot;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.declare.Values;
import dev.smolvm.cli.output.Notes;
import dev.smolvm.cli.output.Printable;
import dev.smolvm.cli.output.Table;
import dev.smolvm.cli.session.Session;
import dev.smolvm.json.Json;
import dev.smolvm.snapshot.LabelMatch;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.store.SandboxName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code smolvm sandbox snapshot list} */
public final class SnapshotList extends DataCommand {
    private final Value<SandboxName> sandbox =
            declare.option("--vm-id", "SANDBOX", SandboxName::new, "Only those of this sandbox, deleted or not.");

    private final Values<LabelMatch> labels = declare.repeated(
            "--label", "KEY[=VALUE]", LabelMatch::parse, "Only those with this label; repeatable: with all of them.");

    public SnapshotList() {
        super("List the snapshots, oldest first.");
        declare.example("smolvm sandbox snapshot list", "All of them");
        declare.example("smolvm sandbox snapshot list --vm-id web --json", "Those of one sandbox, for a script");
        declare.example("smolvm sandbox snapshot list --label release --label app=web", "Those that have both labels");
    }

    @Override
    protected Result result(Session session) {
        Optional<SandboxName> filter = sandbox.optional();
        Notes notes = new Notes(session.err());
        List<SnapshotInfo> all = session.library()
                .snapshots()
                .list(
                        filter,
                        (_, e) -> notes.note(e.getMessage() + "; it is not in this list (see: smolvm store check)"));
        List<SnapshotInfo> listed = all.stream()
                .filter(snapshot -> labels.get().stream().allMatch(label -> label.matches(snapshot)))
                .toList();
        if (all.isEmpty() && filter.isPresent() && !isThere(filter.get(), session)) {
            notes.note("there is neither a sandbox " + filter.get() + " nor a snapshot of it");
        }
        listed.forEach(snapshot -> snapshot.notesDamage().ifPresent(notes::note));
        return Result.of(
                () -> data(filter, listed), (out, style) -> table(listed).print(out, style));
    }

    private Json data(Optional<SandboxName> filter, List<SnapshotInfo> listed) {
        Json filters = Json.object()
                .put("vm_id", Json.of(filter.map(SandboxName::value).orElse(null)))
                .put(
                        "labels",
                        Json.ofStrings(
                                labels.get().stream().map(LabelMatch::toString).toList()))
                .build();
        return Json.object()
                .put("filters", filters)
                .put(
                        "snapshots",
                        new Json.Arr(listed.stream().map(SnapshotOutput::json).toList()))
                .build();
    }

    private static boolean isThere(SandboxName name, Session session) {
        return session.library().sandboxes().list().stream()
                .anyMatch(sandbox -> sandbox.name().equals(name));
    }

    /** Most have no labels, and the line is long as it is. */
    private static Table table(List<SnapshotInfo> listed) {
        boolean labelled =
                listed.stream().anyMatch(snapshot -> !snapshot.labels().isEmpty());
        List<String> headings = new ArrayList<>(List.of(
                "ID", "SANDBOX", "BACKEND", "TYPE", "CREATED", "SIZE", "SHARED", "PARENT", "RESTORED", "RESTORED TO"));
        if (labelled) {
            headings.add("LABELS");
        }
        Table table = new Table(headings.toArray(String[]::new));
        for (SnapshotInfo snapshot : listed) {
            List<String> cells = new ArrayList<>(List.of(
                    snapshot.id().value(),
                    snapshot.sandbox().value(),
                    snapshot.backend(),
                    snapshot.type().label(),
                    Printable.time(snapshot.createdAt()),
                    Printable.size(snapshot.ownBytes()),
                    Printable.size(snapshot.sharedBytes()),
                    SnapshotOutput.orDash(snapshot.parent()),
                    snapshot.restored() ? "yes" : "no",
                    SnapshotOutput.orDash(snapshot.restoredSandbox())));
            if (labelled) {
                cells.add(SnapshotOutput.labelLine(snapshot));
            }
            table.row(cells.toArray(String[]::new));
        }
        return table;
    }
}
