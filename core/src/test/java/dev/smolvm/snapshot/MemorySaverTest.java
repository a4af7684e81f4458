package dev.smolvm.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.Store;
import dev.smolvm.vmm.CapturedState;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows of snapshots of a small memory: page n is filled with one byte. */
class MemorySaverTest {
    private static final int PAGE = DiffMemory.PAGE;
    private static final int PAGES = 2048;
    private static final long MEMORY = (long) PAGES * PAGE;
    private static final int OFFSET = 3 * PAGE;
    private static final int STEP_PAGES = 20;

    @TempDir
    Path directory;

    private final Random random = new Random(7);
    private final byte[] memory = new byte[PAGES];
    private Store store;
    private SnapshotRecords records;
    private final List<String> notes = new ArrayList<>();
    private int count;

    @BeforeEach
    void open() throws IOException {
        store = Store.open(directory.resolve("store"), Duration.ofMillis(50));
        records = new SnapshotRecords(store);
        // Three quarters are in use, as random bytes are: no page is like its neighbours.
        for (int i = 0; i < PAGES * 3 / 4; i++) {
            memory[i] = (byte) (1 + random.nextInt(255));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_row_of_two_hundred_diffs_is_kept_short_and_exact(boolean complete) throws IOException {
        SnapshotManifest last = save(SnapshotType.FULL, true, Optional.empty(), memory.clone());
        long bytes = 0;
        for (int step = 1; step <= 200; step++) {
            byte[] before = memory.clone();
            change(STEP_PAGES);
            last = save(SnapshotType.DIFF, complete, Optional.of(last), before);
            bytes += last.memory().orElseThrow().file().allocated();
            assertThat(chain().links(last)).hasSizeLessThanOrEqualTo(MemoryFolding.MAX_FILES);
            if (step % 20 == 0) {
                assertThat(content(last)).isEqualTo(memory);
            }
        }
        // Each step changes this much. What folding writes again is about as much once more.
        assertThat(bytes).isBetween(200L * STEP_PAGES * PAGE * 9 / 10, 200L * STEP_PAGES * PAGE * 3);
    }

    @Test
    void each_diff_of_a_row_of_ten_holds_its_own_changes_alone() throws IOException {
        SnapshotManifest last = save(SnapshotType.FULL, true, Optional.empty(), memory.clone());
        for (int step = 1; step <= 10; step++) {
            byte[] before = memory.clone();
            change(STEP_PAGES);
            SnapshotManifest next = save(SnapshotType.DIFF, true, Optional.of(last), before);
            assertThat(next.memoryParent()).contains(last.id());
            assertThat(next.memory().orElseThrow())
                    .isInstanceOfSatisfying(MemoryRecord.Changes.class, c -> assertThat(c.index())
                            .isPresent());
            assertThat(next.memory().orElseThrow().file().size()).isLessThanOrEqualTo((STEP_PAGES + 1L) * PAGE);
            last = next;
        }
    }

    @Test
    void a_diff_that_holds_nearly_everything_is_stored_complete() throws IOException {
        SnapshotManifest first = save(SnapshotType.FULL, true, Optional.empty(), memory.clone());
        for (int i = 0; i < PAGES; i++) {
            memory[i] = memory[i] == 0 ? 0 : (byte) (memory[i] ^ 0x80);
        }
        SnapshotManifest second = save(SnapshotType.DIFF, true, Optional.of(first), memory.clone());
        assertThat(second.memory().orElseThrow()).isInstanceOf(MemoryRecord.Complete.class);
        assertThat(second.memoryParent()).isEmpty();
        assertThat(content(second)).isEqualTo(memory);
    }

    @Test
    void a_diff_without_a_parent_or_with_one_of_another_size_is_complete() throws IOException {
        SnapshotManifest alone = save(SnapshotType.DIFF, true, Optional.empty(), memory.clone());
        assertThat(alone.memory().orElseThrow()).isInstanceOf(MemoryRecord.Complete.class);
        SnapshotManifest other = SampleManifests.of(new SnapshotId("other"), SnapshotType.FULL);
        SnapshotManifest after = save(SnapshotType.DIFF, true, Optional.of(other), memory.clone());
        assertThat(after.memory().orElseThrow()).isInstanceOf(MemoryRecord.Complete.class);
    }

    @Test
    void memory_in_too_many_pieces_to_be_mapped_is_stored_complete() throws IOException {
        int pages = 3 * MemoryFolding.MAX_MAPPINGS / 2;
        byte[] large = new byte[pages];
        Arrays.fill(large, (byte) 1);
        SnapshotManifest first = save(SnapshotType.FULL, true, Optional.empty(), large, large);
        byte[] scattered = large.clone();
        for (int i = 0; i < pages; i += 2) {
            scattered[i] = 2;
        }
        SnapshotManifest second = save(SnapshotType.DIFF, true, Optional.of(first), large, scattered);
        assertThat(second.memory().orElseThrow()).isInstanceOf(MemoryRecord.Complete.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"manifest", "newer", "memory", "lowest", "index"})
    void where_the_parents_memory_is_damaged_all_of_it_is_stored(String what) throws IOException {
        SnapshotManifest first = save(SnapshotType.FULL, true, Optional.empty(), memory.clone());
        change(STEP_PAGES);
        SnapshotManifest second = save(SnapshotType.DIFF, true, Optional.of(first), memory.clone());
        assertThat(new MemorySaver(records).since(parent(Optional.of(second)))).contains(second.moment());
        assertThat(notes).isEmpty();
        switch (what) {
            case "manifest" -> Files.writeString(store.layout().snapshotManifest(first.id()), "{");
            case "newer" -> Files.writeString(store.layout().snapshotManifest(first.id()), "{\"format\": 99}");
            case "memory" -> Files.delete(chain().file(second));
            case "lowest" -> Files.write(chain().file(first), new byte[PAGE]);
            default -> {
                try (RandomAccessFile raw =
                        new RandomAccessFile(chain().file(second).toFile(), "rw")) {
                    raw.seek(32);
                    raw.writeLong(-1);
                }
            }
        }
        change(STEP_PAGES);
        // A VMM that knows the changes is asked for everything.
        assertThat(new MemorySaver(records).since(parent(Optional.of(second)))).isEmpty();
        SnapshotManifest third = save(SnapshotType.DIFF, true, Optional.of(second), memory.clone());
        assertThat(third.memoryParent()).isEmpty();
        assertThat(content(third)).isEqualTo(memory);
        assertThat(notes).singleElement().asString().contains("the parent s1 is damaged");
    }

    /** Folding copies pages of files in between: their damage must not get a checksum that fits. */
    @Test
    void damaged_changes_are_never_folded_into_a_new_file() throws IOException {
        SnapshotManifest last = save(SnapshotType.FULL, true, Optional.empty(), memory.clone());
        while (chain().links(last).size() < MemoryFolding.MAX_FILES) {
            byte[] before = memory.clone();
            change(STEP_PAGES);
            last = save(SnapshotType.DIFF, false, Optional.of(last), before);
        }
        try (RandomAccessFile raw = new RandomAccessFile(chain().file(last).toFile(), "rw")) {
            raw.seek(raw.length() - 1);
            int old = raw.read();
            raw.seek(raw.length() - 1);
            raw.write(old ^ 1);
        }
        byte[] before = memory.clone();
        change(STEP_PAGES);
        SnapshotManifest parent = last;
        assertThatThrownBy(() -> save(SnapshotType.DIFF, false, Optional.of(parent), before))
                .isInstanceOfSatisfying(
                        SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INTEGRITY))
                .hasMessageContaining("snapshot " + parent.id() + " is damaged");
        // All of the memory needs nothing of it.
        DurableFiles.deleteTree(directory.resolve("capture"));
        assertThat(content(save(SnapshotType.DIFF, true, Optional.of(parent), before)))
                .isEqualTo(memory);
    }

    private static Parent parent(Optional<SnapshotManifest> manifest) {
        return new Parent(manifest, Optional.empty(), Optional.empty());
    }

    private void change(int pages) {
        for (int i = 0; i < pages; i++) {
            int page = random.nextInt(PAGES);
            memory[page] = random.nextInt(8) == 0 ? 0 : (byte) (1 + random.nextInt(255));
        }
    }

    private SnapshotManifest save(SnapshotType type, boolean complete, Optional<SnapshotManifest> parent, byte[] before)
            throws IOException {
        return save(type, complete, parent, before, memory);
    }

    private SnapshotManifest save(
            SnapshotType type, boolean complete, Optional<SnapshotManifest> parent, byte[] before, byte[] now)
            throws IOException {
        Path capture = Files.createDirectory(directory.resolve("capture"));
        CapturedState state = new CapturedState(
                capture.resolve("device.state"),
                write(capture.resolve("memory"), complete, before, now),
                OFFSET,
                (long) now.length * PAGE,
                complete,
                Duration.ZERO);
        MemoryRecord memory = new MemorySaver(records).save(state, type, parent(parent), notes);
        SnapshotManifest manifest = SampleManifests.of(new SnapshotId("s" + count++), type, Optional.of(memory));
        assertThat(capture.toFile().list()).containsExactly(memory.file().name());
        Files.move(capture, store.layout().snapshot(manifest.id()));
        Files.writeString(store.layout().snapshotManifest(manifest.id()), ManifestFile.write(manifest));
        return manifest;
    }

    /** With holes for zeros, or for what did not change. */
    private static Path write(Path file, boolean complete, byte[] before, byte[] now) throws IOException {
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            for (int page = 0; page < now.length; page++) {
                if (complete ? now[page] != 0 : now[page] != before[page]) {
                    byte[] content = new byte[PAGE];
                    Arrays.fill(content, now[page]);
                    raw.seek(OFFSET + (long) page * PAGE);
                    raw.write(content);
                }
            }
            raw.setLength(OFFSET + (long) now.length * PAGE);
        }
        return file;
    }

    private byte[] content(SnapshotManifest manifest) throws IOException {
        ByteBuffer all = ByteBuffer.allocate((int) MEMORY);
        try (MemoryImage image = chain().open(manifest)) {
            image.read(0, all);
        }
        byte[] content = new byte[PAGES];
        for (int page = 0; page < PAGES; page++) {
            content[page] = all.get(page * PAGE);
        }
        return content;
    }

    private MemoryChain chain() {
        return new MemoryChain(records);
    }
}
