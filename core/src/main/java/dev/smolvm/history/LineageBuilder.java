package dev.smolvm.history;

import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Puts the lineage together from what snapshots and sandboxes say of their parents. */
final class LineageBuilder {
    /** Parents first: whatever is added names something that is there. */
    private final Map<String, LineageNode> nodes = new LinkedHashMap<>();

    private final Map<SnapshotId, SnapshotInfo> readable = new HashMap<>();
    private final Map<SnapshotId, String> unreadable;

    private LineageBuilder(List<SnapshotInfo> snapshots, Map<SnapshotId, String> unreadable) {
        snapshots.forEach(s -> readable.put(s.id(), s));
        this.unreadable = unreadable;
    }

    /**
     * @param snapshots oldest first
     * @param unreadable with the reason
     */
    static Lineage build(
            List<SnapshotInfo> snapshots, Map<SnapshotId, String> unreadable, List<SandboxPosition> sandboxes) {
        LineageBuilder builder = new LineageBuilder(snapshots, unreadable);
        unreadable.forEach((id, why) -> builder.add(new LineageNode.Unreadable(id, why)));
        snapshots.forEach(builder::add);
        sandboxes.forEach(builder::add);
        return new Lineage(List.copyOf(builder.nodes.values()));
    }

    private void add(SnapshotInfo snapshot) {
        Optional<String> parent = snapshot.parent().map(p -> parentOf(snapshot, p));
        add(new LineageNode.Saved(snapshot, parent));
    }

    private String parentOf(SnapshotInfo snapshot, SnapshotId parent) {
        SnapshotInfo found = readable.get(parent);
        // The id of one that was deleted may have been given again: no snapshot comes from a later one.
        boolean another = found != null && !nodes.containsKey(LineageNode.Saved.key(parent));
        return another ? add(new LineageNode.Deleted(parent)) : below(parent, snapshot.sandbox());
    }

    private void add(SandboxPosition position) {
        Optional<String> parent = position.parent().map(p -> below(p, position.sandbox()));
        add(new LineageNode.Position(position.sandbox(), position.status(), parent));
    }

    /** Where something of a sandbox that comes from a snapshot belongs; under a fork if the snapshot is another sandbox's. */
    private String below(SnapshotId parent, SandboxName sandbox) {
        SnapshotInfo snapshot = readable.get(parent);
        if (snapshot == null) {
            return unreadable.containsKey(parent)
                    ? LineageNode.Saved.key(parent)
                    : add(new LineageNode.Deleted(parent));
        }
        String key = LineageNode.Saved.key(parent);
        return snapshot.sandbox().equals(sandbox) ? key : add(new LineageNode.Fork(sandbox, parent, Optional.of(key)));
    }

    private String add(LineageNode node) {
        nodes.putIfAbsent(node.key(), node);
        return node.key();
    }
}
