package dev.smolvm.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.lz4.BlockLZ4CompressorOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BzImageTest {
    static final byte[] KERNEL = kernel();

    @TempDir
    Path dir;

    @Test
    void lz4_in_several_blocks() throws Exception {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        packed.write(new byte[] {0x02, 0x21, 0x4c, 0x18});
        for (int at = 0; at < KERNEL.length; at += 70_000) {
            byte[] block = lz4(Arrays.copyOfRange(KERNEL, at, Math.min(KERNEL.length, at + 70_000)));
            packed.write(little(block.length));
            packed.write(block);
        }
        assertExtracted(image(sized(packed.toByteArray())));
    }

    @Test
    void gzip_whose_trailer_is_the_size() throws Exception {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(KERNEL);
        }
        assertExtracted(image(packed.toByteArray()));
    }

    @Test
    void zstd() throws Exception {
        assertExtracted(image(sized(Zstd.compress(KERNEL))));
    }

    @Test
    void what_is_no_kernel_is_refused() throws Exception {
        assertKind(ErrorKind.INTEGRITY, new byte[0]);
        assertKind(ErrorKind.INTEGRITY, new byte[100_000]);
        byte[] other = KERNEL.clone();
        other[0] = 0;
        assertKind(ErrorKind.INTEGRITY, image(sized(Zstd.compress(other))));
        assertKind(ErrorKind.UNSUPPORTED, image(sized("a payload of an unknown kind".getBytes())));
        byte[] bomb = image(sized(Zstd.compress(KERNEL)));
        ByteBuffer.wrap(bomb).order(ByteOrder.LITTLE_ENDIAN).putInt(bomb.length - 4, Integer.MAX_VALUE);
        assertKind(ErrorKind.INTEGRITY, bomb);
    }

    private void assertExtracted(byte[] image) throws IOException {
        Path vmlinux = dir.resolve("vmlinux");
        BzImage.extract(Files.write(dir.resolve("vmlinuz"), image), vmlinux);
        assertThat(Files.readAllBytes(vmlinux)).isEqualTo(KERNEL);
    }

    private void assertKind(ErrorKind kind, byte[] image) throws IOException {
        Files.deleteIfExists(dir.resolve("vmlinux"));
        Files.write(dir.resolve("vmlinuz"), image);
        assertThatThrownBy(() -> BzImage.extract(dir.resolve("vmlinuz"), dir.resolve("vmlinux")))
                .isInstanceOfSatisfying(
                        SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    static byte[] image(byte[] payload) {
        int setup = 5 * 512;
        ByteBuffer image =
                ByteBuffer.allocate(setup + 100 + payload.length + 300).order(ByteOrder.LITTLE_ENDIAN);
        image.put(0x1f1, (byte) 4);
        image.putInt(0x202, 0x53726448);
        image.putShort(0x206, (short) 0x20f);
        image.putInt(0x248, 100);
        image.putInt(0x24c, payload.length);
        image.put(setup + 100, payload);
        return Arrays.copyOf(image.array(), setup + 100 + payload.length);
    }

    static byte[] sized(byte[] packed) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(packed);
        out.write(little(KERNEL.length));
        return out.toByteArray();
    }

    private static byte[] lz4(byte[] block) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (BlockLZ4CompressorOutputStream lz4 = new BlockLZ4CompressorOutputStream(out)) {
            lz4.write(block);
        }
        return out.toByteArray();
    }

    private static byte[] little(int value) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array();
    }

    private static byte[] kernel() {
        byte[] bytes = new byte[200_000];
        Random random = new Random(1);
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) random.nextInt(4);
        }
        ByteBuffer.wrap(bytes).put(new byte[] {0x7f, 'E', 'L', 'F'});
        return bytes;
    }
}
