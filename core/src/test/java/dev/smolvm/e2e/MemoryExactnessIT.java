package dev.smolvm.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.os.SparseFile;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.FlushPolicy;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.SnapshotType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Saved memory is the guest's memory at the moment it was stopped, byte for byte: while it runs on, pages are written, and
 * pages that were saved already become zero.
 */
@ExtendWith(LabExtension.class)
class MemoryExactnessIT {
    private static final int PAGE = 4096;
    private static final long MEMORY = 512L << 20;
    /**
     * Below 1 MiB a PC shows other things than RAM from 0xA0000 on (the VGA window, option ROMs, the BIOS), so a read of
     * guest-physical memory does not tell what RAM holds there. All else below 512 MiB is RAM at its own address.
     */
    private static final long HOLE_START = 0xA0000;

    private static final long HOLE_END = 0x100000;
    private static final int GENERATION_ID = 16;
    private static final int ATTEMPTS = 5;

    /** Four processes, each now filling its own file with random bytes and now with zeros, out of step. */
    private static final String CHURN =
            """
            head -c 12000000 /dev/urandom > /dev/shm/random
            for i in 1 2 3 4; do
                (while :; do
                    dd if=/dev/shm/random of=/dev/shm/churn$i bs=100k conv=notrunc
                    sleep 0.0$((2 * i))
                    dd if=/dev/zero of=/dev/shm/churn$i bs=100k count=120 conv=notrunc
                    sleep 0.0$((3 * i))
                done) &
            done
            wait
            """;

    private static final int STEPS = 10;
    /** New random pages, and some of the last step's that become zero. */
    private static final String CHANGE =
            """
            head -c 1000000 /dev/urandom > /dev/shm/m%1$d
            [ ! -f /dev/shm/m%2$d ] || dd if=/dev/zero of=/dev/shm/m%2$d bs=100000 count=3 conv=notrunc 2>/dev/null
            """;

    private final Lab lab;

    @TempDir
    Path dir;

    MemoryExactnessIT(Lab lab) {
        this.lab = lab;
    }

    @Test
    void a_guest_that_writes_and_zeroes_memory_is_saved_and_restored_exactly() throws Exception {
        long stale = 0;
        for (int attempt = 1; attempt <= ATTEMPTS && stale == 0; attempt++) {
            stale = saveAndCompare();
        }
        assertThat(stale)
                .as("bytes that were saved and then cleared because their pages had become zero")
                .isPositive();
    }

    /** As their files lie, and put together into one where QEMU takes no library of ours. */
    @Test
    void a_row_of_ten_diffs_is_restored_exactly_in_both_ways() throws Exception {
        Box box = lab.fresh();
        SnapshotInfo last = null;
        for (int step = 1; step <= STEPS; step++) {
            box.sh(CHANGE.formatted(step, step - 1));
            last = box.save(SnapshotType.DIFF, step < STEPS);
        }
        Path source = guestMemory(box, "source");
        RestoreRequest paused = new RestoreRequest(last.id(), false, true);

        lab.vm().snapshots().restore(paused, Progress.NONE);
        assertThat(mappedMemory(box)).hasSize(1 + STEPS).allMatch(file -> file.contains("/snapshots/"));
        assertOnlyGenerationIdDiffers(box, source, guestMemory(box, "mapped"));

        Path script = Files.writeString(dir.resolve("qemu"), "#!/bin/sh\nexec qemu-system-x86_64 \"$@\"\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        SmolVm other = SmolVm.open(
                lab.home(),
                Duration.ofSeconds(5),
                Map.of("SMOLVM_QEMU", script.toString(), "PATH", System.getenv("PATH")));
        other.snapshots().restore(paused, Progress.NONE);
        assertThat(mappedMemory(box)).singleElement().asString().contains("/capture/");
        assertOnlyGenerationIdDiffers(box, source, guestMemory(box, "in-one-file"));
    }

    /** The files of memory that the box's VMM has mapped. */
    private static Set<String> mappedMemory(Box box) throws IOException {
        try (var lines = Files.lines(Path.of("/proc/" + box.vmm().pid() + "/maps"))) {
            return lines.filter(l -> l.contains("/memory"))
                    .map(l -> l.substring(l.indexOf('/')))
                    .collect(Collectors.toSet());
        }
    }

    /** Returns how much of the memory file was written and later made a hole. */
    private long saveAndCompare() throws Exception {
        Box box = lab.fresh();
        box.background(CHURN);
        Box.await("the churn has begun", () -> box.number("cat /dev/shm/churn4 2>/dev/null | wc -c") > 1_000_000);
        SnapshotInfo saved;
        WrittenPages written =
                new WrittenPages(lab.vm().store().layout().capture(box.name()).resolve("memory"));
        try (written) {
            saved = lab.vm()
                    .snapshots()
                    .create(
                            new SnapshotRequest(
                                    box.name(),
                                    Optional.empty(),
                                    SnapshotType.FULL,
                                    false,
                                    false,
                                    FlushPolicy.REQUIRED),
                            Progress.NONE);
        }
        Path memory = saved.memoryPath().orElseThrow();
        Path source = guestMemory(box, "source");
        long offset = new SavedManifest(lab.vm().store().layout().snapshotManifest(saved.id()))
                .body()
                .object("memory")
                .integer("offset");
        assertThat(differences(memory, offset, source)).isEmpty();

        assertThat(lab.vm()
                        .snapshots()
                        .restore(new RestoreRequest(saved.id(), false, false), Progress.NONE)
                        .sandbox()
                        .status())
                .isEqualTo(SandboxStatus.PAUSED);
        assertOnlyGenerationIdDiffers(box, source, guestMemory(box, "restored"));
        return written.andNowHoles(memory);
    }

    /** The guest's physical memory, from the paused VMM itself. */
    private Path guestMemory(Box box, String name) throws IOException {
        // A VMM can write nowhere but in its own directory.
        Path dump = box.run().resolve("dump");
        assertThat(box.status()).isEqualTo(SandboxStatus.PAUSED);
        try (Monitor monitor = box.monitor()) {
            monitor.saveMemory(0, MEMORY, dump);
        }
        return Files.move(dump, dir.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }

    /** The pages in which RAM differs. */
    private static List<Long> differences(Path memory, long offset, Path dump) throws IOException {
        try (FileChannel a = FileChannel.open(memory, StandardOpenOption.READ);
                FileChannel b = FileChannel.open(dump, StandardOpenOption.READ);
                Arena arena = Arena.ofConfined()) {
            assertThat(b.size()).isEqualTo(MEMORY);
            MemorySegment first = a.map(FileChannel.MapMode.READ_ONLY, offset, MEMORY, arena);
            MemorySegment second = b.map(FileChannel.MapMode.READ_ONLY, 0, MEMORY, arena);
            List<Long> differences = new ArrayList<>();
            for (long page = 0; page < MEMORY; page += PAGE) {
                boolean ram = page < HOLE_START || page >= HOLE_END;
                if (ram && first.asSlice(page, PAGE).mismatch(second.asSlice(page, PAGE)) >= 0) {
                    differences.add(page);
                }
            }
            return differences;
        }
    }

    /** A restored machine's generation ID is a new one, which QEMU writes where the guest's firmware has put it. */
    private static void assertOnlyGenerationIdDiffers(Box box, Path source, Path restored) throws IOException {
        List<Long> pages = differences(source, 0, restored);
        assertThat(pages).hasSize(1);
        String id;
        try (Monitor monitor = box.monitor()) {
            id = monitor.execute("query-vm-generation-id").string("guid").replace("-", "");
        }
        byte[] before = page(source, pages.getFirst());
        byte[] after = page(restored, pages.getFirst());
        int at = Arrays.mismatch(before, after) / 8 * 8;
        byte[] written = Arrays.copyOfRange(after, at, at + GENERATION_ID);
        // Its first three fields are little-endian numbers.
        assertThat(HexFormat.of().formatHex(written).substring(16)).isEqualTo(id.substring(16));
        System.arraycopy(written, 0, before, at, GENERATION_ID);
        assertThat(after).isEqualTo(before);
    }

    private static byte[] page(Path file, long offset) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer bytes = ByteBuffer.allocate(PAGE);
            channel.read(bytes, offset);
            return bytes.array();
        }
    }

    /** Watches a file while it is written, and remembers which of its pages ever held data. */
    private static final class WrittenPages implements AutoCloseable {
        private final BitSet pages = new BitSet();
        private final AtomicBoolean done = new AtomicBoolean();
        private final Thread watcher;

        WrittenPages(Path file) {
            watcher = Thread.ofPlatform().start(() -> {
                while (!done.get()) {
                    try {
                        add(SparseFile.extents(file));
                        Thread.sleep(5);
                    } catch (IOException e) {
                        // Not there yet, or published just now.
                    } catch (InterruptedException e) {
                        return;
                    }
                }
            });
        }

        private void add(List<SparseFile.Extent> extents) {
            extents.forEach(e -> pages.set((int) (e.offset() / PAGE), (int) ((e.end() + PAGE - 1) / PAGE)));
        }

        long andNowHoles(Path file) throws IOException {
            BitSet holes = (BitSet) pages.clone();
            for (SparseFile.Extent extent : SparseFile.extents(file)) {
                holes.clear((int) (extent.offset() / PAGE), (int) ((extent.end() + PAGE - 1) / PAGE));
            }
            return (long) holes.cardinality() * PAGE;
        }

        @Override
        public void close() throws InterruptedException {
            done.set(true);
            watcher.join();
        }
    }
}
