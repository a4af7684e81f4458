package dev.smolvm.upkeep;

import dev.smolvm.snapshot.Dependents;
import dev.smolvm.snapshot.SnapshotRecords;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.Store;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The command that removes what cannot be used any more, such that it works: nothing that is left needs what it removes. */
final class Remedy {
    private final Dependents dependents;
    private final Set<SnapshotId> lost;

    /** @param lost the snapshots that cannot be restored */
    Remedy(Store store, Inventory inventory, Set<SnapshotId> lost) {
        this.dependents = new Dependents(
                new SnapshotRecords(store), inventory.snapshots.values(), inventory.unreadableSnapshots());
        this.lost = lost;
    }

    /** One kind at a time, snapshots first; the next check names the rest. */
    String of(Set<StoreObject> users) {
        List<String> snapshots = names(users, StoreObject.Kind.SNAPSHOT);
        if (!snapshots.isEmpty()) {
            return ofSnapshots(snapshots.stream().map(SnapshotId::new).toList());
        }
        List<String> sandboxes = names(users, StoreObject.Kind.SANDBOX);
        List<String> images = names(users, StoreObject.Kind.IMAGE);
        if (!sandboxes.isEmpty()) {
            return "smolvm sandbox delete --force " + sandboxes.getFirst();
        }
        return images.isEmpty() ? Findings.REPAIR_ALL : "smolvm image rm " + String.join(" ", images);
    }

    private String ofSnapshots(List<SnapshotId> damaged) {
        List<SnapshotId> all = dependents.deletionOrder(damaged);
        String delete = "smolvm sandbox snapshot delete " + text(all);
        List<SnapshotId> intact = all.stream()
                .filter(id -> !lost.contains(id) && !damaged.contains(id))
                .toList();
        // One that is imported again stands by itself.
        return intact.isEmpty()
                ? delete
                : "save what is intact and needs it first: smolvm sandbox snapshot export " + intact.getFirst()
                        + " -o FILE (the same for each of: " + text(intact) + "); then " + delete;
    }

    private static String text(Collection<SnapshotId> ids) {
        return ids.stream().map(SnapshotId::value).collect(Collectors.joining(" "));
    }

    private static List<String> names(Set<StoreObject> objects, StoreObject.Kind kind) {
        return objects.stream()
                .filter(o -> o.kind() == kind)
                .map(StoreObject::name)
                .toList();
    }
}
