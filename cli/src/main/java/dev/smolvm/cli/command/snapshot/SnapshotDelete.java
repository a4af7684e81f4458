package dev.smolvm.cli.command.snapshot;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Values;
import dev.smolvm.cli.library.SnapshotLibrary;
import dev.smolvm.cli.output.PartlyDone;
import dev.smolvm.cli.session.Session;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.store.SnapshotId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** {@code smolvm sandbox snapshot delete} */
public final class SnapshotDelete extends DataCommand {
    private final Values<String> references =
            declare.parameters("SNAPSHOT", Converters::text, "The snapshots' ids or the starts of them.");

    public SnapshotDelete() {
        super(
                "Delete snapshots: their disk, memory and state, and what nothing else needs.",
                "They go in the order given. A snapshot that diff snapshots need is refused: delete those first.");
        declare.example("smolvm sandbox snapshot delete clean", "Delete one");
        declare.example("smolvm sandbox snapshot delete step2 step1", "A diff, then its parent");
    }

    @Override
    protected Result result(Session session) {
        SnapshotLibrary snapshots = session.library().snapshots();
        Set<SnapshotId> ids = new LinkedHashSet<>();
        for (String reference : references.get()) {
            ids.add(snapshots.resolve(reference));
        }
        Map<SnapshotId, Optional<SnapshotInfo>> deleted = new LinkedHashMap<>();
        for (SnapshotId id : ids) {
            try {
                deleted.put(id, snapshots.delete(id));
            } catch (SmolVmException e) {
                throw deleted.isEmpty() ? e : new PartlyDone(e, data(deleted));
            }
        }
        return Result.of(data(deleted), (out, style) -> deleted.keySet().forEach(id -> out.println(id + " deleted")));
    }

    /** {@code snapshot} is the first, which is all that scripts for one snapshot look at. */
    private static Json data(Map<SnapshotId, Optional<SnapshotInfo>> deleted) {
        List<Json> all = new ArrayList<>();
        deleted.forEach((id, snapshot) -> all.add(snapshot.map(SnapshotOutput::json)
                .orElseGet(() -> Json.object().put("snapshot_id", id.value()).build())));
        return Json.object()
                .put("snapshot", all.getFirst())
                .put("snapshots", new Json.Arr(all))
                .build();
    }
}
