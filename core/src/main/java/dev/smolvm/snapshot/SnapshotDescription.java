package dev.smolvm.snapshot;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.Blob;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.vmm.MachineSpec;
import dev.smolvm.vmm.MemoryForm;
import dev.smolvm.vmm.Vmms;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Turns manifests into what users are told. */
final class SnapshotDescription {
    private final StoreLayout layout;
    private final SnapshotRecords records;
    /** Which of a snapshot's layers other snapshots name too. */
    private final Function<SnapshotManifest, Set<Blob>> shared;

    /** @param all every snapshot of the store: a layer that several name is shared */
    SnapshotDescription(StoreLayout layout, SnapshotRecords records, List<SnapshotManifest> all) {
        this.layout = layout;
        this.records = records;
        Map<Blob, Integer> users = new HashMap<>();
        for (SnapshotManifest manifest : all) {
            layers(manifest).forEach(l -> users.merge(l, 1, Integer::sum));
        }
        this.shared = manifest -> {
            Set<Blob> found = layers(manifest);
            found.removeIf(l -> users.getOrDefault(l, 1) == 1);
            return found;
        };
    }

    /** For one snapshot: the others' manifests are searched for its layers' ids, which takes less than to read them all. */
    SnapshotDescription(StoreLayout layout, SnapshotRecords records) {
        this.layout = layout;
        this.records = records;
        this.shared = manifest -> {
            Set<Blob> found = new HashSet<>();
            for (SnapshotId id : records.ids()) {
                if (!id.equals(manifest.id())) {
                    String text = records.text(id);
                    layers(manifest).stream()
                            .filter(l -> text.contains(l.id().value()))
                            .forEach(found::add);
                }
            }
            return found;
        };
    }

    private static Set<Blob> layers(SnapshotManifest manifest) {
        Set<Blob> layers = new HashSet<>();
        manifest.disks().forEach(d -> layers.addAll(d.layers()));
        return layers;
    }

    SnapshotInfo of(SnapshotManifest manifest) {
        Path directory = records.directory(manifest.id());
        long own = manifest.deviceState().map(SavedFile::allocated).orElse(0L)
                + manifest.memory().map(m -> m.file().allocated()).orElse(0L);
        long sharedBytes = 0;
        Set<Blob> ofOthersToo = shared.apply(manifest);
        for (SavedDisk disk : manifest.disks()) {
            for (Blob layer : disk.layers()) {
                // The lowest layer is the image's, used by whatever else comes from it, but for a copy of a user's
                // drive.
                boolean ownLayer = !ofOthersToo.contains(layer)
                        && (disk.origin() instanceof DiskOrigin.Drive
                                || !layer.equals(disk.layers().getFirst()));
                own += ownLayer ? layer.size() : 0;
                sharedBytes += ownLayer ? 0 : layer.size();
            }
        }
        Optional<SandboxName> restoredTo = restoredTo(manifest);
        Written written = written(manifest);
        MachineSpec machine = manifest.sandbox().machine();
        return new SnapshotInfo(
                manifest.id(),
                manifest.sandbox().name(),
                manifest.sandbox().id(),
                Vmms.backendOf(machine),
                machine.vmm(),
                machine.accelerator(),
                manifest.memory().flatMap(SnapshotDescription::form),
                manifest.type(),
                manifest.createdAt(),
                own,
                sharedBytes,
                manifest.parent(),
                records.isRestored(manifest.id()),
                restoredTo,
                manifest.deviceState().map(s -> directory.resolve(s.name())),
                manifest.memory().map(m -> directory.resolve(m.file().name())),
                layout.blob(manifest.disks().getFirst().layers().getLast()),
                manifest.memory().map(MemorySize::of),
                manifest.notes(),
                manifest.memoryParent(),
                written.notes(),
                written.damage());
    }

    private static Optional<MemoryForm> form(MemoryRecord memory) {
        return memory instanceof MemoryRecord.Complete complete ? Optional.of(complete.form()) : Optional.empty();
    }

    private record Written(SnapshotNotes notes, Optional<String> damage) {}

    /** Damage to it hides neither this snapshot nor the others. */
    private Written written(SnapshotManifest manifest) {
        try {
            return new Written(records.notes(manifest.id()).read(), Optional.empty());
        } catch (SmolVmException e) {
            return new Written(SnapshotNotes.NONE, Optional.of(e.getMessage()));
        }
    }

    /** Empty too where the mark is damaged: that hides neither this snapshot nor the others. */
    private Optional<SandboxName> restoredTo(SnapshotManifest manifest) {
        try {
            return records.restoredTo(manifest.id());
        } catch (SmolVmException e) {
            return Optional.empty();
        }
    }
}
