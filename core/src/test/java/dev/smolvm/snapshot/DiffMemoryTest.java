package dev.smolvm.snapshot;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.error.ErrorKind;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiffMemoryTest {
    private static final int PAGE = DiffMemory.PAGE;
    private static final int PAGES = 2_000;
    private static final long BYTES = (long) PAGES * PAGE;

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void name() {
        file = directory.resolve("memory.diff");
    }

    @Test
    void the_index_is_read_as_it_was_written() throws IOException {
        List<DiffMemory.Run> runs = List.of(
                new DiffMemory.Run(0, 1, false),
                new DiffMemory.Run(1, 2, true),
                new DiffMemory.Run(10, 600, false),
                new DiffMemory.Run(1_999, 1, true));
        DiffMemory.write(file, BYTES, runs, DiffMemoryTest::numbered);
        DiffMemory.Index index = index(BYTES);
        assertThat(index.runs()).isEqualTo(runs);
        assertThat(index.dataOffset()).isEqualTo(PAGE);
        assertThat(Files.size(file)).isEqualTo(PAGE + 601L * PAGE);
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "r")) {
            raw.seek(index.dataOffset());
            assertThat(raw.readInt()).isEqualTo(0);
            raw.seek(index.dataOffset() + 600L * PAGE);
            assertThat(raw.readInt()).isEqualTo(609);
        }
    }

    @Test
    void an_index_of_many_parts_is_read_whole() throws IOException {
        List<DiffMemory.Run> runs = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            runs.add(new DiffMemory.Run(2L * i, 1, true));
        }
        IndexChecksum checksum = DiffMemory.write(file, 20_000L * PAGE, runs, DiffMemoryTest::numbered);
        assertThat(index(20_000L * PAGE, Optional.of(checksum)).runs()).isEqualTo(runs);
    }

    @Test
    void nothing_changed_is_a_file_too() throws IOException {
        DiffMemory.write(file, BYTES, List.of(), DiffMemoryTest::numbered);
        assertThat(index(BYTES).runs()).isEmpty();
    }

    @Test
    void another_machines_memory_does_not_fit() throws IOException {
        DiffMemory.write(file, BYTES, List.of(), DiffMemoryTest::numbered);
        assertThat(kindOf(() -> index(BYTES + PAGE))).isEqualTo(ErrorKind.INTEGRITY);
    }

    @Test
    void a_file_of_any_other_size_is_damaged() throws IOException {
        DiffMemory.write(
                file,
                BYTES,
                List.of(new DiffMemory.Run(3, 2, false), new DiffMemory.Run(9, 1, true)),
                DiffMemoryTest::numbered);
        long size = Files.size(file);
        for (long wrong : new long[] {0, 1, 31, 32, 40, 63, 64, PAGE, size - 1_000, size - 1, size + 1, size + PAGE}) {
            resize(size);
            resize(wrong);
            assertThat(kindOf(() -> index(BYTES))).as("size " + wrong).isEqualTo(ErrorKind.INTEGRITY);
        }
    }

    @Test
    void a_count_without_an_index_takes_no_memory() throws IOException {
        long memory = 1L << 40;
        for (long count : new long[] {memory / PAGE, 1L << 26, 1L << 31, 1L << 59, 1L << 60, Long.MAX_VALUE, -1}) {
            Files.deleteIfExists(file);
            try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
                raw.writeLong(0x534d_4f4c_4449_4646L);
                raw.writeInt(1);
                raw.writeInt(PAGE);
                raw.writeLong(memory);
                raw.writeLong(count);
                raw.setLength(8L << 30);
            }
            Runtime.getRuntime().gc();
            assertThat(kindOf(() -> index(memory))).as("count " + count).isEqualTo(ErrorKind.INTEGRITY);
        }
    }

    @Test
    void no_bit_of_the_index_can_change_unnoticed() throws IOException {
        IndexChecksum checksum = DiffMemory.write(
                file,
                BYTES,
                List.of(new DiffMemory.Run(3, 2, false), new DiffMemory.Run(9, 1, true)),
                DiffMemoryTest::numbered);
        assertThat(index(BYTES, Optional.of(checksum)).runs()).hasSize(2);
        for (int bit = 0; bit < 64 * Byte.SIZE; bit++) {
            flip(bit);
            assertThat(kindOf(() -> index(BYTES, Optional.of(checksum))))
                    .as("bit " + bit)
                    .isEqualTo(ErrorKind.INTEGRITY);
            flip(bit);
        }
        // Without a checksum, as older manifests are, pages would be laid elsewhere.
        flip(32 * Byte.SIZE + 63);
        assertThat(index(BYTES).runs().getFirst().firstPage()).isEqualTo(2);
    }

    private void flip(int bit) throws IOException {
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.seek(bit / Byte.SIZE);
            int old = raw.read();
            raw.seek(bit / Byte.SIZE);
            raw.write(old ^ 0x80 >> bit % Byte.SIZE);
        }
    }

    private DiffMemory.Index index(long memoryBytes) throws IOException {
        return index(memoryBytes, Optional.empty());
    }

    private DiffMemory.Index index(long memoryBytes, Optional<IndexChecksum> checksum) throws IOException {
        try (FileChannel in = FileChannel.open(file)) {
            return DiffMemory.readIndex(in, file, memoryBytes, checksum);
        }
    }

    private void resize(long size) throws IOException {
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.setLength(size);
        }
    }

    /** Each page begins with its number. */
    private static void numbered(long address, ByteBuffer target) {
        while (target.hasRemaining()) {
            target.putInt((int) (address / PAGE));
            target.put(new byte[PAGE - 4]);
            address += PAGE;
        }
    }
}
