package dev.smolvm.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparseFileTest {
    private static final int BLOCK = 64 << 10;

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void name() {
        file = directory.resolve("sparse");
    }

    @Test
    void an_empty_file_and_a_hole_have_no_extents() throws IOException {
        Files.createFile(file);
        assertThat(SparseFile.extents(file)).isEmpty();
        resize(1L << 30);
        assertThat(SparseFile.extents(file)).isEmpty();
        assertThat(SparseFile.allocated(file)).isZero();
    }

    @Test
    void extents_cover_exactly_what_was_written() throws IOException {
        resize(8L * BLOCK);
        write(BLOCK, BLOCK);
        write(4L * BLOCK, 2 * BLOCK);
        assertThat(SparseFile.extents(file))
                .containsExactly(new SparseFile.Extent(BLOCK, BLOCK), new SparseFile.Extent(4L * BLOCK, 2L * BLOCK));
        assertThat(SparseFile.allocated(file)).isEqualTo(3L * BLOCK);
    }

    @Test
    void the_last_extent_ends_with_the_file() throws IOException {
        Files.write(file, new byte[5]);
        assertThat(SparseFile.extents(file)).isEqualTo(List.of(new SparseFile.Extent(0, 5)));
    }

    @Test
    void punching_makes_zeros_and_keeps_the_size_and_the_rest() throws IOException {
        resize(4L * BLOCK);
        write(0, 4 * BLOCK);
        try (SparseFile sparse = SparseFile.openForWriting(file)) {
            sparse.punch(BLOCK + 10, 2L * BLOCK);
        }
        byte[] content = Files.readAllBytes(file);
        assertThat(content).hasSize(4 * BLOCK);
        for (int i = 0; i < content.length; i++) {
            boolean punched = i >= BLOCK + 10 && i < 3 * BLOCK + 10;
            if (content[i] != (punched ? 0 : 7)) {
                throw new AssertionError("byte " + i + " is " + content[i]);
            }
        }
        assertThat(SparseFile.allocated(file)).isLessThan(4L * BLOCK);
    }

    @Test
    void punching_nothing_or_outside_is_an_error_and_not_a_crash() throws IOException {
        resize(BLOCK);
        try (SparseFile sparse = SparseFile.openForWriting(file)) {
            assertThatThrownBy(() -> sparse.punch(-1, BLOCK)).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> sparse.punch(0, 0)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void a_link_is_not_followed() throws IOException {
        Files.write(file, new byte[BLOCK]);
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);
        assertThatThrownBy(() -> SparseFile.openForWriting(link)).isInstanceOf(IOException.class);
    }

    private void resize(long bytes) throws IOException {
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.setLength(bytes);
        }
    }

    private void write(long offset, int bytes) throws IOException {
        byte[] content = new byte[bytes];
        java.util.Arrays.fill(content, (byte) 7);
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.seek(offset);
            raw.write(content);
        }
    }
}
