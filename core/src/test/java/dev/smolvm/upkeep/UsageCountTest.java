package dev.smolvm.upkeep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.os.Command;
import dev.smolvm.os.DiskSpace;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.Blob;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.testing.SampleStore;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsageCountTest {
    @TempDir
    Path directory;

    private SampleStore sample;
    private Blob root;
    private Blob middle;

    @BeforeEach
    void fill() throws IOException {
        sample = new SampleStore(directory.resolve("store"));
        root = sample.layer();
        middle = sample.layer();
        sample.image("tiny", root);
        sample.snapshot("clean", SnapshotType.FULL, null, root, middle);
        sample.snapshot("configured", SnapshotType.DIFF, "clean", root, middle);
        sample.sandbox("web", root, middle);
    }

    private StoreUsage usage() throws IOException {
        return UsageCount.of(sample.store());
    }

    private StoreUsage.Item item(StoreObject.Kind kind, String name) throws IOException {
        return usage().objects().stream()
                .filter(i -> i.object().equals(new StoreObject(kind, name)))
                .findFirst()
                .orElseThrow();
    }

    private static long bytes(Path... paths) throws IOException {
        long bytes = 0;
        for (Path path : paths) {
            bytes += DiskSpace.of(path).bytes();
        }
        return bytes;
    }

    private void assertAsDuSays() throws IOException {
        String du = Command.of(
                        "du", "-s", "--block-size=1", sample.layout().root().toString())
                .check();
        assertThat(usage().total()).isEqualTo(Long.parseLong(du.split("\\s")[0]));
    }

    @Test
    void the_parts_add_up_to_what_du_says_with_holes_links_and_what_is_not_ours() throws IOException {
        assertAsDuSays();
        Path memory = sample.layout().snapshot(new SnapshotId("clean")).resolve("memory");
        try (RandomAccessFile sparse = new RandomAccessFile(memory.toFile(), "rw")) {
            sparse.setLength(1L << 30);
        }
        Path run =
                Files.createDirectory(sample.layout().vm(new SandboxName("web")).resolve("run-3"));
        Files.createLink(run.resolve("kernel"), sample.layout().blob(root));
        Files.createSymbolicLink(run.resolve("link"), memory);
        Files.write(sample.layout().root().resolve("Notes.txt"), new byte[30_000]);
        Files.write(sample.layout().tmp().resolve("left"), new byte[5_000]);
        sample.layer();
        assertAsDuSays();
        assertThat(usage().unfinished()).isPositive();
        assertThat(usage().unused()).isPositive();
        assertThat(usage().total()).isLessThan(1 << 20);
    }

    @Test
    void own_is_what_would_be_freed_and_shared_what_others_keep() throws IOException {
        Path clean = sample.layout().snapshot(new SnapshotId("clean"));
        StoreUsage.Item item = item(StoreObject.Kind.SNAPSHOT, "clean");
        assertThat(item.ownBytes())
                .as("a diff needs its memory")
                .isEqualTo(bytes(clean, clean.resolve("manifest.json"), clean.resolve("device.state")));
        Path configured = sample.layout().snapshot(new SnapshotId("configured"));
        assertThat(item(StoreObject.Kind.SNAPSHOT, "configured").ownBytes())
                .isEqualTo(bytes(
                        configured,
                        configured.resolve("manifest.json"),
                        configured.resolve("device.state"),
                        configured.resolve("memory.diff")));
        assertThat(item(StoreObject.Kind.SANDBOX, "web").sharedBytes())
                .isGreaterThanOrEqualTo(
                        bytes(sample.layout().blob(root), sample.layout().blob(middle)));

        Blob own = sample.layer();
        sample.snapshot("later", SnapshotType.DISK, null, root, middle, own);
        assertThat(item(StoreObject.Kind.SNAPSHOT, "later").ownBytes())
                .isGreaterThanOrEqualTo(bytes(sample.layout().blob(own)));
    }

    @Test
    void what_an_unreadable_manifest_uses_is_said_to_be_unknown() throws IOException {
        Files.writeString(sample.layout().snapshotManifest(new SnapshotId("clean")), "{");
        assertThat(usage().incomplete()).containsExactly(new StoreObject(StoreObject.Kind.SNAPSHOT, "clean"));
        assertAsDuSays();
    }
}
