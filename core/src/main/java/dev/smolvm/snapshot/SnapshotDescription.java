package dev.smolvm.snapshot;

import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.vmm.Vmms;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Adds to what a snapshot's directory says what it shares with others: what users are told. */
final class SnapshotDescription {
    private final StoreLayout layout;
    private final SnapshotRecords records;
    /** The ids of a snapshot's layers that other snapshots name too. */
    private final Function<SnapshotSummary, Set<String>> shared;

    /** @param all the layers of every snapshot of the store: one that several name is shared */
    SnapshotDescription(StoreLayout layout, SnapshotRecords records, List<List<SnapshotSummary.Layer>> all) {
        this.layout = layout;
        this.records = records;
        Map<String, Integer> users = new HashMap<>();
        for (List<SnapshotSummary.Layer> layers : all) {
            ids(layers).forEach(l -> users.merge(l, 1, Integer::sum));
        }
        this.shared = snapshot -> {
            Set<String> found = ids(snapshot.layers());
            found.removeIf(l -> users.getOrDefault(l, 1) == 1);
            return found;
        };
    }

    /** For one snapshot: the others' manifests are searched for its layers' ids, which takes less than to read them all. */
    SnapshotDescription(StoreLayout layout, SnapshotRecords records) {
        this.layout = layout;
        this.records = records;
        this.shared = snapshot -> {
            Set<String> found = new HashSet<>();
            for (SnapshotId id : records.ids()) {
                if (!id.equals(snapshot.id())) {
                    String text = records.text(id);
                    ids(snapshot.layers()).stream().filter(text::contains).forEach(found::add);
                }
            }
            return found;
        };
    }

    private static Set<String> ids(List<SnapshotSummary.Layer> layers) {
        Set<String> ids = new HashSet<>();
        layers.forEach(l -> ids.add(l.id()));
        return ids;
    }

    SnapshotInfo of(SnapshotManifest manifest) {
        return of(SnapshotSummary.of(manifest, records));
    }

    SnapshotInfo of(SnapshotSummary snapshot) {
        Path directory = records.directory(snapshot.id());
        long own = snapshot.ownFiles();
        long sharedBytes = 0;
        Set<String> ofOthersToo = shared.apply(snapshot);
        for (SnapshotSummary.Layer layer : snapshot.layers()) {
            boolean ownLayer = !layer.ofImage() && !ofOthersToo.contains(layer.id());
            own += ownLayer ? layer.size() : 0;
            sharedBytes += ownLayer ? 0 : layer.size();
        }
        return new SnapshotInfo(
                snapshot.id(),
                snapshot.sandbox(),
                snapshot.sandboxId(),
                Vmms.backendOf(snapshot.vmm()),
                snapshot.vmm(),
                snapshot.accelerator(),
                snapshot.memoryForm(),
                snapshot.type(),
                snapshot.createdAt(),
                own,
                sharedBytes,
                snapshot.parent(),
                snapshot.restored(),
                snapshot.restoredSandbox(),
                snapshot.stateFile().map(directory::resolve),
                snapshot.memoryFile().map(directory::resolve),
                layout.layers().resolve(snapshot.topLayer()),
                snapshot.memorySize(),
                snapshot.notes(),
                snapshot.memoryParent(),
                snapshot.written(),
                snapshot.notesDamage());
    }
}
