package dev.smolvm.snapshot;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.SnapshotId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which snapshots cannot be put together without another one. One whose manifest cannot be read may need whatever it names: it
 * may be repaired, or be readable for another version.
 */
public final class Dependents {
    private final SnapshotRecords records;
    private final Collection<SnapshotManifest> readable;
    private final Collection<SnapshotId> unreadable;

    public Dependents(
            SnapshotRecords records, Collection<SnapshotManifest> readable, Collection<SnapshotId> unreadable) {
        this.records = records;
        this.readable = readable;
        this.unreadable = unreadable;
    }

    /** As the store is now. */
    static Dependents now(SnapshotRecords records) {
        List<SnapshotId> unreadable = new ArrayList<>();
        return new Dependents(records, records.readable((id, _) -> unreadable.add(id)), unreadable);
    }

    /** @throws SmolVmException has dependents, which are named in an order in which they can be deleted */
    void requireNone(SnapshotId id) {
        Set<SnapshotId> found = new LinkedHashSet<>();
        collect(id, found, new HashSet<>(Set.of(id)));
        if (found.isEmpty()) {
            return;
        }
        List<String> names = found.stream().map(SnapshotId::value).toList();
        List<String> damaged = names.stream()
                .filter(n -> unreadable.contains(new SnapshotId(n)))
                .toList();
        throw new SmolVmException(
                ErrorKind.HAS_DEPENDENTS,
                "snapshot " + id + " is needed by diff snapshots: " + String.join(", ", names)
                        + (damaged.isEmpty()
                                ? ""
                                : " (it may be, as these cannot be read: " + String.join(", ", damaged) + ")"),
                "delete those first: smolvm sandbox snapshot delete " + String.join(" ", names));
    }

    /** These and all that depend on them, each behind what depends on it: so they can be deleted. */
    public List<SnapshotId> deletionOrder(Collection<SnapshotId> ids) {
        Set<SnapshotId> order = new LinkedHashSet<>();
        Set<SnapshotId> seen = new HashSet<>();
        for (SnapshotId id : ids) {
            if (seen.add(id)) {
                collect(id, order, seen);
                order.add(id);
            }
        }
        return List.copyOf(order);
    }

    /** @param seen manifests that were tampered with may need each other */
    private void collect(SnapshotId id, Set<SnapshotId> found, Set<SnapshotId> seen) {
        for (SnapshotId child : children(id)) {
            if (seen.add(child)) {
                collect(child, found, seen);
                found.add(child);
            }
        }
    }

    private List<SnapshotId> children(SnapshotId id) {
        Stream<SnapshotId> certain = readable.stream()
                .filter(m -> m.memoryParent().equals(Optional.of(id)))
                .map(SnapshotManifest::id);
        Stream<SnapshotId> possible =
                unreadable.stream().filter(u -> !records.namedBy(u, List.of(id)).isEmpty());
        return Stream.concat(certain, possible).toList();
    }
}
