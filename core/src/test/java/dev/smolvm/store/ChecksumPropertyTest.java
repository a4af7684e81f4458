package dev.smolvm.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

class ChecksumPropertyTest {
    private static final int SIZE = (9 << 20) + 123;

    private static Path file;
    private static Checksum before;

    @BeforeContainer
    static void write() throws IOException {
        file = Files.createTempFile("checksum", "");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(SIZE);
            sparse.seek(5 << 20);
            sparse.write(new byte[] {1, 2, 3});
        }
        before = Checksum.of(file);
    }

    @AfterContainer
    static void remove() throws IOException {
        Files.delete(file);
    }

    @Property(tries = 100)
    void any_changed_bit_is_noticed(@ForAll @IntRange(max = SIZE - 1) int at, @ForAll @IntRange(max = 7) int bit)
            throws IOException {
        flip(at, bit);
        try {
            assertThat(Checksum.of(file)).isNotEqualTo(before);
        } finally {
            flip(at, bit);
        }
        assertThat(Checksum.of(file)).isEqualTo(before);
    }

    private static void flip(int at, int bit) throws IOException {
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.seek(at);
            int value = raw.read();
            raw.seek(at);
            raw.write(value ^ 1 << bit);
        }
    }
}
