package dev.smolvm.snapshot;

import dev.smolvm.store.Blob;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.vmm.Vmms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Turns manifests into what users are told. */
final class SnapshotDescription {
    private static final long BLOCK = 512;

    private final StoreLayout layout;
    private final SnapshotRecords records;
    private final Map<Blob, Integer> users = new HashMap<>();

    /** @param all every snapshot of the store: a layer that several name is shared */
    SnapshotDescription(StoreLayout layout, SnapshotRecords records, List<SnapshotManifest> all) {
        this.layout = layout;
        this.records = records;
        for (SnapshotManifest manifest : all) {
            for (SavedDisk disk : manifest.disks()) {
                disk.layers().forEach(l -> users.merge(l, 1, Integer::sum));
            }
        }
    }

    SnapshotInfo of(SnapshotManifest manifest) {
        Path directory = layout.snapshot(manifest.id());
        long own = manifest.deviceState()
                        .map(s -> allocated(directory.resolve(s.name())))
                        .orElse(0L)
                + manifest.memory()
                        .map(m -> allocated(directory.resolve(m.file().name())))
                        .orElse(0L)
                + allocated(layout.snapshotManifest(manifest.id()));
        long shared = 0;
        for (SavedDisk disk : manifest.disks()) {
            for (Blob layer : disk.layers()) {
                // The lowest layer is the image's, used by whatever else comes from it.
                boolean ownLayer = users.getOrDefault(layer, 1) == 1
                        && !layer.equals(disk.layers().getFirst());
                long bytes = allocated(layout.blob(layer));
                own += ownLayer ? bytes : 0;
                shared += ownLayer ? 0 : bytes;
            }
        }
        var restoredTo = records.restoredTo(manifest.id());
        return new SnapshotInfo(
                manifest.id(),
                manifest.sandbox().name(),
                Vmms.backendOf(manifest.sandbox().machine()),
                manifest.type(),
                manifest.createdAt(),
                own,
                shared,
                manifest.parent(),
                restoredTo.isPresent(),
                restoredTo,
                manifest.deviceState().map(s -> directory.resolve(s.name())),
                manifest.memory().map(m -> directory.resolve(m.file().name())),
                layout.blob(manifest.disks().getFirst().layers().getLast()),
                manifest.notes());
    }

    private static long allocated(Path file) {
        try {
            return (long) Files.getAttribute(file, "unix:blocks", LinkOption.NOFOLLOW_LINKS) * BLOCK;
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return sizeOf(file);
        }
    }

    private static long sizeOf(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return 0;
        }
    }
}
