package dev.smolvm.snapshot;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import dev.smolvm.faults.Injections;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.StoreLocks;
import dev.smolvm.testing.SampleStore;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerificationTest {
    private static final SnapshotId CLEAN = new SnapshotId("clean");
    private static final SnapshotId CONFIGURED = new SnapshotId("configured");
    private static final SnapshotId OTHER = new SnapshotId("other");

    @TempDir
    Path directory;

    private SampleStore sample;
    private SnapshotRecords records;
    private SnapshotVerifier verifier;
    private Blob top;

    @BeforeEach
    void fill() throws IOException {
        sample = new SampleStore(directory.resolve("store"));
        Blob root = sample.layer();
        Blob middle = sample.layer();
        top = sample.layer();
        sample.snapshot("clean", SnapshotType.FULL, null, root, middle);
        sample.snapshot("configured", SnapshotType.DIFF, "clean", root, middle, top);
        sample.snapshot("other", SnapshotType.DISK, null, root);
        records = new SnapshotRecords(sample.store());
        verifier = new SnapshotVerifier(sample.store(), records);
    }

    private VerifyReport verifyAll() {
        return verifier.verifyAll(Progress.NONE);
    }

    /** F08, with size and time as they were: F10. */
    @Test
    @Fault({Case.F08, Case.F10})
    void a_hundred_of_a_hundred_flipped_bits_are_found_in_whatever_file_they_are() throws IOException {
        List<Path> files = files();
        Random random = new Random(4711);
        for (int i = 0; i < 100; i++) {
            Path file = files.get(i % files.size());
            long bit = random.nextLong(Files.size(file) * 8);
            FileTime time = Files.getLastModifiedTime(file);
            flip(file, bit);
            Files.setLastModifiedTime(file, time);
            VerifyReport report = verifyAll();
            assertThat(report.damagedFiles())
                    .as("bit %d of %s", bit, file)
                    .extracting(DamagedFile::file)
                    .containsExactly(file);
            assertThat(report.damaged()).isNotEmpty();
            assertThat(report.verdict()).contains(ErrorKind.INTEGRITY);
            flip(file, bit);
            Injections.record(Case.F08, "a bit flipped in " + kind(file), "found by verify");
            Injections.record(Case.F10, "a bit flipped in " + kind(file) + ", size and time kept", "found by verify");
        }
        assertThat(verifyAll().intact()).containsExactly(CLEAN, CONFIGURED, OTHER);
    }

    private static String kind(Path file) {
        String name = file.getFileName().toString();
        return name.contains(".qcow2") ? "a layer" : name.matches("[0-9a-f]{32}.*") ? "a kernel file" : name;
    }

    /** F09 */
    @Test
    @Fault(Case.F09)
    void a_file_that_is_cut_off_or_missing_is_named() throws IOException {
        for (Path file : files()) {
            byte[] whole = Files.readAllBytes(file);
            // The last line break of a manifest means nothing.
            int almost = whole.length - (file.endsWith("manifest.json") ? 2 : 1);
            for (int size : new int[] {0, whole.length / 2, Math.max(0, whole.length - 1000), almost, -1}) {
                Files.delete(file);
                if (size >= 0) {
                    Files.write(file, java.util.Arrays.copyOf(whole, size));
                }
                assertThat(verifyAll().damagedFiles())
                        .as("%s with %d bytes", file, size)
                        .extracting(DamagedFile::file)
                        .containsExactly(file);
                Files.deleteIfExists(file);
                Files.write(file, whole);
                Injections.record(Case.F09, kind(file) + (size < 0 ? " missing" : " cut short"), "found by verify");
            }
        }
        assertThat(verifyAll().verdict()).isEmpty();
    }

    @Test
    void whoever_needs_a_damaged_file_is_damaged_and_nobody_else() throws IOException {
        flip(sample.layout().blob(top), 100_000);
        assertThat(verifyAll().damaged()).containsExactly(CONFIGURED);
        assertThat(verifyAll().intact()).containsExactly(CLEAN, OTHER);
        flip(sample.layout().blob(top), 100_000);

        Path memory = sample.layout().snapshot(CLEAN).resolve("memory");
        flip(memory, 100_000);
        VerifyReport report = verifyAll();
        assertThat(report.damagedFiles()).hasSize(1);
        assertThat(report.damagedFiles().getFirst().snapshots()).containsExactly(CLEAN, CONFIGURED);
        assertThat(report.intact()).containsExactly(OTHER);
        assertThat(verifier.verify(List.of(CONFIGURED), Progress.NONE).damaged())
                .as("its parent's memory is part of it")
                .containsExactly(CONFIGURED);
        flip(memory, 100_000);

        flip(sample.layout().snapshot(CLEAN).resolve("device.state"), 100);
        assertThat(verifyAll().damaged())
                .as("a diff needs its parent's memory, not its devices")
                .containsExactly(CLEAN);
    }

    @Test
    void what_can_be_removed_is_told_in_an_order_in_which_it_can_be_deleted() throws IOException {
        flip(sample.layout().snapshot(CLEAN).resolve("device.state"), 100);
        assertThat(verifyAll().removable()).as("an intact diff needs it").isEmpty();
        flip(sample.layout().snapshotManifest(CLEAN), 100);
        VerifyReport report = verifyAll();
        assertThat(report.removable()).containsExactly(CONFIGURED, CLEAN);
        assertThat(report.damagedFiles()).singleElement().satisfies(d -> assertThat(d.problem())
                .startsWith("cannot be used: ")
                .doesNotContain("snapshot")
                .doesNotContain("manifest.json"));
        assertThat(verifier.verify(List.of(CLEAN), Progress.NONE).removable())
                .as("nobody looked at its diff")
                .isEmpty();
    }

    @Test
    void what_several_share_is_read_once() {
        // 2 kernel files, 3 layers, 2 device states, 2 memories.
        assertThat(verifyAll().files()).isEqualTo(9);
        assertThat(verifier.verify(List.of(OTHER), Progress.NONE).files()).isEqualTo(3);
    }

    /** F24 */
    @Test
    void a_link_is_not_followed_even_to_the_right_content() throws IOException {
        Path file = sample.layout().blob(top);
        Path elsewhere = directory.resolve("elsewhere");
        Files.move(file, elsewhere);
        Files.createSymbolicLink(file, elsewhere);
        assertThat(verifyAll().damagedFiles()).singleElement().satisfies(d -> assertThat(d.problem())
                .isEqualTo("is not a plain file"));
    }

    @Test
    void a_layer_that_was_saved_as_no_vmm_could_open_it_is_not_restorable() throws IOException {
        Blob hostile = sample.blob(BlobKind.LAYER, f -> {
            DurableFiles.createFile(f);
            Files.writeString(f, "not a disk");
        });
        sample.snapshot("hostile", SnapshotType.DISK, null, hostile);
        assertThat(verifyAll().damaged()).containsExactly(new SnapshotId("hostile"));
    }

    @Test
    void a_parent_that_is_gone_damages_its_diffs() throws IOException {
        DurableFiles.deleteTree(sample.layout().snapshot(CLEAN));
        VerifyReport report = verifyAll();
        assertThat(report.damaged()).containsExactly(CONFIGURED);
        assertThat(report.damagedFiles().getFirst().problem()).isEqualTo("is missing");
    }

    @Test
    void parents_that_go_round_in_a_circle_are_damage() throws IOException {
        sample.snapshot("a", SnapshotType.DIFF, "b", top);
        sample.snapshot("b", SnapshotType.DIFF, "a", top);
        assertThat(verifyAll().damaged()).containsExactly(new SnapshotId("a"), new SnapshotId("b"));
    }

    @Test
    void one_that_is_being_removed_is_busy_and_one_that_is_read_is_not() {
        try (StoreLocks.Held held = sample.store().locks().snapshotExclusive(OTHER)) {
            assertThat(verifyAll().busy()).containsExactly(OTHER);
            assertThat(verifyAll().verdict()).contains(ErrorKind.CONFLICT);
            assertThat(verifyAll().intact()).containsExactly(CLEAN, CONFIGURED);
            assertThat(kindOf(() -> verifier.verify(List.of(OTHER), Progress.NONE)))
                    .isEqualTo(ErrorKind.CONFLICT);
        }
        try (StoreLocks.Held held = sample.store().locks().snapshotShared(OTHER)) {
            assertThat(verifyAll().busy()).isEmpty();
        }
    }

    @Test
    void one_that_is_not_there_is_not_found() {
        assertThat(kindOf(() -> verifier.verify(List.of(new SnapshotId("no")), Progress.NONE)))
                .isEqualTo(ErrorKind.NOT_FOUND);
    }

    @Test
    void a_restore_refuses_what_is_damaged_and_names_it() throws IOException {
        SnapshotManifest configured = records.load(CONFIGURED);
        new Verification(sample.layout(), records).require(configured, Progress.NONE);
        flip(sample.layout().snapshot(CLEAN).resolve("memory"), 5);
        assertThat(kindOf(() -> new Verification(sample.layout(), records).require(configured, Progress.NONE)))
                .isEqualTo(ErrorKind.INTEGRITY);
    }

    @Test
    void an_interruption_ends_it_and_is_not_taken_for_damage() {
        Thread.currentThread().interrupt();
        try {
            assertThat(kindOf(this::verifyAll)).isEqualTo(ErrorKind.INTERRUPTED);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void progress_ends_with_all_bytes() {
        long[] last = {0, 0};
        verifier.verifyAll(new Progress() {
            @Override
            public void step(String what) {}

            @Override
            public void advance(long done, long total) {
                assertThat(done).isBetween(0L, total);
                last[0] = done;
                last[1] = total;
            }
        });
        assertThat(last[1]).isEqualTo(verifyAll().bytes());
        assertThat(last[0]).isEqualTo(last[1]);
    }

    /** All that the snapshots consist of. */
    private List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path part : List.of(sample.layout().layers(), sample.layout().snapshots())) {
            try (Stream<Path> all = Files.walk(part)) {
                all.filter(Files::isRegularFile).sorted().forEach(files::add);
            }
        }
        assertThat(files).hasSize(12);
        return files;
    }

    private static void flip(Path file, long bit) throws IOException {
        file.toFile().setWritable(true);
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.seek(bit / 8);
            int value = raw.read();
            raw.seek(bit / 8);
            raw.write(value ^ 1 << (int) (bit % 8));
        }
    }
}
