package dev.smolvm.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.snapshot.DiskOrigin;
import dev.smolvm.snapshot.MemoryRecord;
import dev.smolvm.snapshot.SavedDisk;
import dev.smolvm.snapshot.SavedFile;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.testing.ChildJvm;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is carried may be much larger than the memory of who carries it. */
class ArchiveMemoryTest {
    private static final SnapshotId LARGE = new SnapshotId("large");
    private static final long DATA = 96L << 20;
    private static final long SIZE = 8L << 30;

    @TempDir
    Path directory;

    @Test
    void sixty_four_mebibytes_are_enough_for_any_snapshot() throws IOException, InterruptedException {
        try (ChildJvm child = ChildJvm.startUnder(
                List.of("env", "_JAVA_OPTIONS=-Xmx64m"), ArchiveMemoryTest.class, directory.toString())) {
            assertThat(child.line()).isEqualTo("64 MiB of heap");
            assertThat(child.line()).isEqualTo("exported");
            assertThat(child.line()).isEqualTo("imported");
            assertThat(child.awaitExit()).isZero();
        }
    }

    public static void main(String[] arguments) throws IOException {
        System.out.println((Runtime.getRuntime().maxMemory() >> 20) + " MiB of heap");
        Path directory = Path.of(arguments[0]);
        Shelf here = Shelf.open(directory.resolve("here"));
        here.full(Shelf.S1);
        MemoryRecord memory = here.manifest(Shelf.S1).memory().orElseThrow();
        // A raw disk with more data than the heap has room for, and a large hole.
        Path disk = directory.resolve("disk");
        Random random = new Random(1);
        byte[] part = new byte[1 << 20];
        try (RandomAccessFile out = new RandomAccessFile(disk.toFile(), "rw")) {
            out.setLength(SIZE);
            for (long at = 0; at < DATA; at += part.length) {
                random.nextBytes(part);
                out.seek(at);
                out.write(part);
            }
        }
        Blob blob = here.vm().store().addBlob(disk, BlobKind.DISK);
        DurableFiles.createDirectory(here.snapshot(LARGE));
        Files.copy(
                here.snapshot(Shelf.S1).resolve("memory"), here.snapshot(LARGE).resolve("memory"));
        here.publish(
                LARGE,
                SnapshotType.FULL,
                new SavedDisk("root", SIZE, List.of(blob), DiskOrigin.OWN),
                Optional.of(new MemoryRecord.Complete(
                        SavedFile.of(here.snapshot(LARGE).resolve("memory")), memory.bytes(), Shelf.OFFSET)));
        here.export(LARGE, directory.resolve("archive"));
        System.out.println("exported");
        Shelf.empty(directory.resolve("there")).importFile(directory.resolve("archive"));
        System.out.println("imported");
    }
}
