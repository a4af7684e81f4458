package dev.smolvm.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import dev.smolvm.vmm.CapturedState;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparseMemoryTest {
    private static final int PAGE = DiffMemory.PAGE;

    @TempDir
    Path directory;

    @Test
    void holes_are_pages_that_did_not_change_and_zeros_are_told_apart() throws IOException {
        Path file = file(directory, 600);
        put(file, 3, (byte) 1);
        put(file, 4, (byte) 0);
        put(file, 5, (byte) 0);
        put(file, 6, (byte) 2);
        put(file, 255, (byte) 3);
        put(file, 256, (byte) 3);
        put(file, 599, (byte) 4);
        try (SparseMemory memory = SparseMemory.open(state(file, 600))) {
            assertThat(memory.runs())
                    .containsExactly(
                            new DiffMemory.Run(3, 1, false),
                            new DiffMemory.Run(4, 2, true),
                            new DiffMemory.Run(6, 1, false),
                            new DiffMemory.Run(255, 2, false),
                            new DiffMemory.Run(599, 1, false));
            ByteBuffer two = ByteBuffer.allocate(2 * PAGE);
            memory.read(255L * PAGE, two);
            assertThat(two.array()).containsOnly(3);
        }
    }

    @Test
    void a_page_that_is_written_in_part_counts_whole() throws IOException {
        Path file = file(directory, 10);
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.seek(4L * PAGE + 100);
            raw.write(1);
        }
        try (SparseMemory memory = SparseMemory.open(state(file, 10))) {
            assertThat(memory.runs()).containsExactly(new DiffMemory.Run(4, 1, false));
        }
    }

    @Test
    void what_lies_beyond_the_memory_is_left_out_and_a_file_that_is_too_short_is_damaged() throws IOException {
        Path file = file(directory, 10);
        put(file, 2, (byte) 1);
        put(file, 8, (byte) 1);
        try (SparseMemory memory = SparseMemory.open(state(file, 5))) {
            assertThat(memory.runs()).containsExactly(new DiffMemory.Run(2, 1, false));
        }
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.setLength(8L * PAGE + 10);
        }
        try (SparseMemory memory = SparseMemory.open(state(file, 10))) {
            assertThatThrownBy(memory::runs).hasMessageContaining("damaged");
        }
    }

    @Fault(Case.F24)
    @Test
    void a_link_is_not_followed() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("link"), file(directory, 1));
        assertThatThrownBy(() -> SparseMemory.open(state(link, 1)).close()).isInstanceOf(IOException.class);
    }

    /** -1: not written, 0: zeros, else a page of this. */
    @Property(tries = 60)
    void changes_over_what_was_there_before_give_what_is_there_now(
            @ForAll @Size(min = 1, max = 700) List<@IntRange(min = -1, max = 2) Integer> pages) throws IOException {
        Path own = Files.createTempDirectory("sparse");
        try {
            Path file = file(own, pages.size());
            Path base = own.resolve("base");
            byte[] before = new byte[pages.size() * PAGE];
            Arrays.fill(before, (byte) 9);
            Files.write(base, before);
            byte[] expected = before.clone();
            for (int i = 0; i < pages.size(); i++) {
                if (pages.get(i) >= 0) {
                    put(file, i, pages.get(i).byteValue());
                    Arrays.fill(expected, i * PAGE, (i + 1) * PAGE, pages.get(i).byteValue());
                }
            }
            Path diff = own.resolve("diff");
            try (SparseMemory memory = SparseMemory.open(state(file, pages.size()))) {
                DiffMemory.write(diff, before.length, memory.runs(), memory::read);
            }
            try (MemoryImage image = MemoryImage.zeros(before.length)) {
                image.addComplete(base, 0);
                image.addChanges(diff, Optional.empty());
                image.writeComplete(own.resolve("result"));
            }
            assertThat(Files.readAllBytes(own.resolve("result"))).isEqualTo(expected);
        } finally {
            dev.smolvm.store.DurableFiles.deleteTree(own);
        }
    }

    private static CapturedState state(Path file, int pages) {
        return new CapturedState(file, file, 0, (long) pages * PAGE, false, Duration.ZERO);
    }

    private static Path file(Path directory, int pages) throws IOException {
        Path file = directory.resolve("memory");
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.setLength((long) pages * PAGE);
        }
        return file;
    }

    private static void put(Path file, int page, byte value) throws IOException {
        byte[] content = new byte[PAGE];
        Arrays.fill(content, value);
        try (FileChannel channel = FileChannel.open(file, java.nio.file.StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(content), (long) page * PAGE);
        }
    }
}
