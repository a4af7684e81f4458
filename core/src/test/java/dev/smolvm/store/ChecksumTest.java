package dev.smolvm.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.json.JsonFormatException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChecksumTest {
    private static final int CHUNK = 4 << 20;

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(
            ints = {0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 2 * CHUNK + 1, 3 * CHUNK, 5 * CHUNK + 7
            })
    void is_the_digest_of_the_chunks_digests(int size) throws Exception {
        byte[] content = new byte[size];
        new Random(size).nextBytes(content);
        Path file = Files.write(directory.resolve("file"), content);
        assertThat(Checksum.of(file).value()).isEqualTo("sha256-4m:" + oneByOne(content));
    }

    @ParameterizedTest
    @ValueSource(ints = {CHUNK, 2 * CHUNK - 5, 4 * CHUNK, 4 * CHUNK + 5, 6 * CHUNK + 4096})
    void holes_equal_zeros(int size) throws Exception {
        byte[] content = new byte[size];
        content[size / 2] = 1;
        Path full = Files.write(directory.resolve("full"), content);
        Path sparse = directory.resolve("sparse");
        try (RandomAccessFile file = new RandomAccessFile(sparse.toFile(), "rw")) {
            file.setLength(size);
            file.seek(size / 2);
            file.write(1);
        }
        assertThat(Checksum.of(sparse))
                .isEqualTo(Checksum.of(full))
                .isEqualTo(new Checksum("sha256-4m:" + oneByOne(content)));
    }

    @Test
    void a_huge_hole_costs_nothing() throws IOException {
        Path sparse = directory.resolve("sparse");
        try (RandomAccessFile file = new RandomAccessFile(sparse.toFile(), "rw")) {
            file.setLength(64L << 30);
        }
        long start = System.nanoTime();
        Checksum empty = Checksum.of(sparse);
        assertThat(System.nanoTime() - start).isLessThan(5_000_000_000L);
        try (RandomAccessFile file = new RandomAccessFile(sparse.toFile(), "rw")) {
            file.seek((64L << 30) - 1);
            file.write(1);
        }
        assertThat(Checksum.of(sparse)).isNotEqualTo(empty);
    }

    @Test
    void a_sum_of_another_shape_is_refused() {
        for (String wrong :
                new String[] {"", "sha256:" + "0".repeat(64), "sha256-4m:" + "0".repeat(63), "sha256-4m:"}) {
            assertThatThrownBy(() -> new Checksum(wrong)).isInstanceOf(JsonFormatException.class);
        }
        assertThatThrownBy(() -> new Checksum("sha256-4m:" + "X".repeat(64))).isInstanceOf(JsonFormatException.class);
    }

    private static String oneByOne(byte[] content) throws Exception {
        MessageDigest all = MessageDigest.getInstance("SHA-256");
        for (int at = 0; at < content.length; at += CHUNK) {
            all.update(MessageDigest.getInstance("SHA-256")
                    .digest(Arrays.copyOfRange(content, at, Math.min(content.length, at + CHUNK))));
        }
        return HexFormat.of().formatHex(all.digest());
    }
}
