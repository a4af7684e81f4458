package dev.smolvm.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SparseCopyTest {
    private static final int MIB = 1 << 20;

    @TempDir
    Path directory;

    private Path from;
    private Path to;

    @BeforeEach
    void make() throws IOException {
        from = Files.createFile(directory.resolve("from"));
        to = Files.createFile(directory.resolve("to"));
    }

    @Test
    void data_is_copied_and_holes_stay_holes() throws IOException {
        write(3 * MIB, 40 * MIB, (byte) 7);
        write(100 * MIB, 10, (byte) 8);
        resize(200L * MIB + 17);
        SparseCopy.copy(from, to, SparseCopy.Listener.NONE);
        assertThat(Files.mismatch(from, to)).isEqualTo(-1);
        assertThat(SparseFile.extents(to)).isEqualTo(SparseFile.extents(from));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 512, 4096, 1L << 33})
    void a_file_without_data_keeps_its_size(long bytes) throws IOException {
        resize(bytes);
        SparseCopy.copy(from, to, SparseCopy.Listener.NONE);
        assertThat(to).hasSize(bytes);
        assertThat(SparseFile.allocated(to)).isZero();
    }

    @Test
    void the_listener_hears_of_all_data_or_of_nothing() throws IOException {
        write(MIB, 40 * MIB, (byte) 7);
        resize(400L * MIB);
        List<Long> heard = new ArrayList<>();
        SparseCopy.copy(from, to, (done, total) -> {
            assertThat(total).isEqualTo(40L * MIB);
            heard.add(done);
        });
        // By reference, where the file system shares blocks.
        if (!heard.isEmpty()) {
            assertThat(heard).containsExactly(16L * MIB, 32L * MIB, 40L * MIB);
        }
    }

    @Test
    void a_link_is_not_followed_on_either_side() throws IOException {
        write(0, MIB, (byte) 7);
        Path link = directory.resolve("link");
        Files.createSymbolicLink(link, from);
        assertThatThrownBy(() -> SparseCopy.copy(link, to, SparseCopy.Listener.NONE))
                .isInstanceOf(IOException.class);
        Files.delete(link);
        Files.createSymbolicLink(link, to);
        assertThatThrownBy(() -> SparseCopy.copy(from, link, SparseCopy.Listener.NONE))
                .isInstanceOf(IOException.class);
        assertThat(to).isEmptyFile();
    }

    @Test
    void a_missing_file_is_a_failure() {
        assertThatThrownBy(() -> SparseCopy.copy(directory.resolve("none"), to, SparseCopy.Listener.NONE))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> SparseCopy.copy(from, directory.resolve("none"), SparseCopy.Listener.NONE))
                .isInstanceOf(IOException.class);
    }

    private void resize(long bytes) throws IOException {
        try (RandomAccessFile raw = new RandomAccessFile(from.toFile(), "rw")) {
            raw.setLength(bytes);
        }
    }

    private void write(long offset, int bytes, byte value) throws IOException {
        byte[] content = new byte[bytes];
        java.util.Arrays.fill(content, value);
        try (RandomAccessFile raw = new RandomAccessFile(from.toFile(), "rw")) {
            raw.seek(offset);
            raw.write(content);
        }
    }
}
