package dev.smolvm.bench;

import dev.smolvm.snapshot.ManifestFile;
import dev.smolvm.snapshot.SnapshotManifest;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.StoreLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;

/** Fills a store with the manifests of many snapshots, copies of one but for their ids and times: enough to list them. */
public final class ManySnapshots {
    private static final long APART_SECONDS = 60;

    private ManySnapshots() {}

    /** Arguments: the directory of a real one, the store, how many. */
    public static void main(String[] arguments) throws IOException {
        Path one = Path.of(arguments[0]);
        SnapshotManifest manifest =
                ManifestFile.read(new SnapshotId(one.getFileName().toString()), one.resolve("manifest.json"));
        fill(new StoreLayout(Path.of(arguments[1])), manifest, Integer.parseInt(arguments[2]));
    }

    /** They are called {@code snapshot-1} and so on. */
    public static void fill(StoreLayout store, SnapshotManifest manifest, int count) throws IOException {
        for (int i = 1; i <= count; i++) {
            SnapshotManifest copy = copy(manifest, i);
            Path directory = Files.createDirectory(store.snapshot(copy.id()));
            Path file = Files.writeString(store.snapshotManifest(copy.id()), ManifestFile.write(copy));
            // As old as they say: a list keeps nothing of what has just changed.
            for (Path path : List.of(file, directory)) {
                Files.setLastModifiedTime(path, FileTime.from(copy.createdAt()));
            }
        }
    }

    private static SnapshotManifest copy(SnapshotManifest manifest, int number) {
        return new SnapshotManifest(
                new SnapshotId("snapshot-" + number),
                manifest.type(),
                manifest.createdAt().minusSeconds(APART_SECONDS * number),
                manifest.sandbox(),
                manifest.disks(),
                manifest.deviceState(),
                manifest.memory(),
                manifest.parent(),
                manifest.pauseMillis(),
                manifest.notes());
    }
}
