package dev.smolvm.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.store.DurableFiles;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;

/** Memories are lists of page contents: page n is filled with the byte. */
class MemoryImagePropertyTest {
    private static final int PAGE = DiffMemory.PAGE;
    private static final int PAGES = 300;

    private Path directory;

    @BeforeProperty
    void make() throws IOException {
        directory = Files.createTempDirectory("memory");
    }

    @AfterProperty
    void remove() throws IOException {
        DurableFiles.deleteTree(directory);
    }

    @Property(tries = 60)
    void the_parent_and_the_changes_give_the_child(
            @ForAll("memories") byte[] first, @ForAll("memories") byte[] second, @ForAll("memories") byte[] third)
            throws IOException {
        int offset = 3 * PAGE;
        Path complete = write("complete", first, offset);
        Path two = changes("two", second, complete, offset, List.of());
        Path three = changes("three", third, complete, offset, List.of(two));
        assertThat(content(complete, offset, List.of())).isEqualTo(first);
        assertThat(content(complete, offset, List.of(two))).isEqualTo(second);
        assertThat(content(complete, offset, List.of(two, three))).isEqualTo(third);
        Path whole = directory.resolve("whole");
        try (MemoryImage image = image(complete, offset, List.of(two, three))) {
            image.writeComplete(whole);
        }
        assertThat(content(whole, 0, List.of())).isEqualTo(third);
        assertThat(Files.size(whole)).isEqualTo((long) PAGES * PAGE);
        clear();
    }

    @Property(tries = 40)
    void without_a_parent_the_changes_are_against_zeros(@ForAll("memories") byte[] memory) throws IOException {
        Path complete = write("complete", memory, 0);
        Path changes = directory.resolve("changes");
        List<DiffMemory.Run> runs;
        try (MemoryImage zeros = MemoryImage.zeros((long) PAGES * PAGE);
                MemoryImage now = image(complete, 0, List.of())) {
            runs = now.differencesFrom(zeros);
            DiffMemory.write(changes, (long) PAGES * PAGE, runs, now::read);
        }
        try (MemoryImage image = MemoryImage.zeros((long) PAGES * PAGE)) {
            image.addChanges(changes, Optional.empty());
            assertThat(content(image)).isEqualTo(memory);
        }
        clear();
    }

    @Property(tries = 40)
    void only_what_differs_is_stored(@ForAll("memories") byte[] first, @ForAll("memories") byte[] second)
            throws IOException {
        Path before = write("before", first, 0);
        Path after = write("after", second, 0);
        try (MemoryImage parent = image(before, 0, List.of());
                MemoryImage child = image(after, 0, List.of())) {
            boolean[] stored = new boolean[PAGES];
            for (DiffMemory.Run run : child.differencesFrom(parent)) {
                for (long page = run.firstPage(); page < run.firstPage() + run.pages(); page++) {
                    stored[(int) page] = true;
                    if (run.zero()) {
                        assertThat(second[(int) page]).isZero();
                    }
                }
            }
            for (int page = 0; page < PAGES; page++) {
                if (first[page] != second[page]) {
                    assertThat(stored[page]).as("page " + page).isTrue();
                }
                // A page of zeros that the file holds may count as changed against a hole, no other may.
                if (first[page] == second[page] && first[page] != 0) {
                    assertThat(stored[page]).as("page " + page).isFalse();
                }
            }
        }
        clear();
    }

    @Provide
    Arbitrary<byte[]> memories() {
        // Runs of pages, as memory has them.
        Arbitrary<byte[]> run = Arbitraries.integers().between(1, 40).flatMap(length -> Arbitraries.bytes()
                .between((byte) 0, (byte) 3)
                .map(content -> {
                    byte[] pages = new byte[length];
                    Arrays.fill(pages, content);
                    return pages;
                }));
        return run.list().ofMinSize(1).ofMaxSize(60).map(runs -> {
            byte[] memory = new byte[PAGES];
            int at = 0;
            for (byte[] pages : runs) {
                for (int i = 0; i < pages.length && at < PAGES; i++) {
                    memory[at++] = pages[i];
                }
            }
            return memory;
        });
    }

    private Path changes(String name, byte[] memory, Path complete, int offset, List<Path> below) throws IOException {
        Path captured = write(name + ".captured", memory, PAGE);
        Path file = directory.resolve(name);
        try (MemoryImage before = image(complete, offset, below);
                MemoryImage now = image(captured, PAGE, List.of())) {
            DiffMemory.write(file, (long) PAGES * PAGE, now.differencesFrom(before), now::read);
        }
        return file;
    }

    /** With rubbish before and behind the memory, as a migration stream has it, and holes for zeros. */
    private Path write(String name, byte[] memory, int offset) throws IOException {
        Path file = directory.resolve(name);
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            byte[] rubbish = new byte[offset];
            Arrays.fill(rubbish, (byte) 0xEE);
            raw.write(rubbish);
            for (int page = 0; page < PAGES; page++) {
                if (memory[page] != 0) {
                    byte[] content = new byte[PAGE];
                    Arrays.fill(content, memory[page]);
                    raw.seek(offset + (long) page * PAGE);
                    raw.write(content);
                }
            }
            raw.setLength(offset + (long) PAGES * PAGE);
            if (offset > 0) {
                raw.seek(raw.length());
                raw.write(rubbish);
            }
        }
        return file;
    }

    private static MemoryImage image(Path complete, int offset, List<Path> changes) throws IOException {
        MemoryImage image = MemoryImage.zeros((long) PAGES * PAGE);
        image.addComplete(complete, offset);
        for (Path each : changes) {
            image.addChanges(each, Optional.empty());
        }
        return image;
    }

    private static byte[] content(Path complete, int offset, List<Path> changes) throws IOException {
        try (MemoryImage image = image(complete, offset, changes)) {
            return content(image);
        }
    }

    private static byte[] content(MemoryImage image) throws IOException {
        ByteBuffer all = ByteBuffer.allocate(PAGES * PAGE);
        image.read(0, all);
        byte[] memory = new byte[PAGES];
        for (int page = 0; page < PAGES; page++) {
            memory[page] = all.get(page * PAGE);
            for (int i = 0; i < PAGE; i++) {
                if (all.get(page * PAGE + i) != memory[page]) {
                    throw new AssertionError("page " + page + " is torn at " + i);
                }
            }
        }
        return memory;
    }

    private void clear() throws IOException {
        List<Path> files = new ArrayList<>();
        try (var each = Files.list(directory)) {
            each.forEach(files::add);
        }
        for (Path file : files) {
            Files.delete(file);
        }
    }
}
