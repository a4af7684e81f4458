package dev.smolvm.cli.command.snapshot;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.session.Session;
import dev.smolvm.cli.session.Surroundings;
import dev.smolvm.history.Lineage;
import dev.smolvm.history.LineageNode;
import dev.smolvm.json.Json;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.store.SandboxName;
import java.io.IOException;
import java.util.List;

/** {@code smolvm sandbox snapshot tree} */
public final class SnapshotTree extends DataCommand {
    private final Value<SandboxName> sandbox = declare.optionalParameter(
            "SANDBOX", SandboxName::new, "Only the trees in which this sandbox occurs, deleted or not.");

    public SnapshotTree() {
        super(
                "Show which snapshots, forks and sandboxes came from which.",
                "What stands below something in the same column came from it; what came from it besides is indented. A"
                        + " filled circle is a sandbox: it is where it stands, and has gone on from what is above it. A"
                        + " snapshot that was deleted or is damaged is shown as such.");
        declare.example("smolvm sandbox snapshot tree", "All of them");
        declare.example("smolvm sandbox snapshot tree web", "Where 'web' came from, and what came from it");
    }

    @Override
    protected Result result(Session session) throws IOException {
        Lineage lineage = session.library().history().lineage(sandbox.optional());
        List<Json> nodes = lineage.nodes().stream().map(SnapshotTree::json).toList();
        TreeDrawing drawing = new TreeDrawing(
                lineage, TreeDrawing.Signs.of(session.surroundings().environment()));
        int columns = asJson() ? Integer.MAX_VALUE : columns(session.surroundings());
        return Result.of(Json.object().put("nodes", new Json.Arr(nodes)).build(), (out, style) -> drawing.table()
                .print(out, style, columns));
    }

    private static int columns(Surroundings surroundings) throws IOException {
        return surroundings.terminals().out()
                ? surroundings.terminalModes().size().columns()
                : Integer.MAX_VALUE;
    }

    private static Json json(LineageNode node) {
        Json.Builder json = Json.object()
                .put("key", node.key())
                .put("parent_key", node.parent().orElse(null));
        switch (node) {
            case LineageNode.Saved saved ->
                json.put("kind", "snapshot").put("snapshot", SnapshotOutput.json(saved.snapshot()));
            case LineageNode.Unreadable damaged ->
                json.put("kind", "damaged")
                        .put("snapshot_id", damaged.id().value())
                        .put("why", damaged.why());
            case LineageNode.Deleted deleted ->
                json.put("kind", "deleted").put("snapshot_id", deleted.id().value());
            case LineageNode.Fork fork ->
                json.put("kind", "fork")
                        .put("vm_id", fork.sandbox().value())
                        .put("snapshot_id", fork.from().value());
            case LineageNode.Position position ->
                json.put("kind", "sandbox")
                        .put("vm_id", position.sandbox().value())
                        .put(
                                "status",
                                position.status().map(SandboxStatus::label).orElse("damaged"));
        }
        return json.build();
    }
}
