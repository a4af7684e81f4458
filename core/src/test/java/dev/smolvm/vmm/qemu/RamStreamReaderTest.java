package dev.smolvm.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.os.SparseFile;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RamStreamReaderTest {
    private static final int PAGE = 4096;
    private static final int ZERO = 2;
    private static final int SIZE = 4;
    private static final int DATA = 8;
    private static final int END = 16;
    private static final int SAME_BLOCK = 32;

    @TempDir
    Path directory;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream stream = new DataOutputStream(bytes);

    private void begin() throws IOException {
        stream.writeInt(0x5145564d);
        stream.writeInt(3);
        stream.writeByte(1);
        stream.writeInt(7);
        name("ram");
        stream.writeInt(0);
        stream.writeInt(4);
        stream.writeLong(10L * PAGE | SIZE);
        name("ram");
        stream.writeLong(8L * PAGE);
        name("vga");
        stream.writeLong(2L * PAGE);
        end();
        stream.writeByte(0x7e);
        stream.writeInt(7);
    }

    private void section(int type) throws IOException {
        stream.writeByte(type);
        stream.writeInt(7);
    }

    private void name(String name) throws IOException {
        stream.writeByte(name.length());
        stream.writeBytes(name);
    }

    private void data(String block, long page, int fill) throws IOException {
        stream.writeLong(page * PAGE | DATA | (block.isEmpty() ? SAME_BLOCK : 0));
        if (!block.isEmpty()) {
            name(block);
        }
        byte[] content = new byte[PAGE];
        Arrays.fill(content, (byte) fill);
        stream.write(content);
    }

    private void zero(String block, long page) throws IOException {
        stream.writeLong(page * PAGE | ZERO | (block.isEmpty() ? SAME_BLOCK : 0));
        if (!block.isEmpty()) {
            name(block);
        }
        stream.writeByte(0);
    }

    private void end() throws IOException {
        stream.writeLong(END);
    }

    private Path read() throws IOException {
        Path file = Files.write(directory.resolve("memory"), new byte[0]);
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE);
                SparseFile holes = SparseFile.openForWriting(file)) {
            long size = new RamStreamReader(
                            new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())), "ram", out, holes)
                    .read();
            assertThat(size).isEqualTo(Files.size(file));
        }
        return file;
    }

    @Test
    void pages_lie_in_their_places_and_the_last_of_each_counts() throws IOException {
        begin();
        section(2);
        data("ram", 1, 1);
        data("", 2, 2);
        zero("", 3);
        data("vga", 0, 9);
        data("ram", 5, 5);
        end();
        section(2);
        // Written while the guest ran.
        data("ram", 2, 22);
        zero("", 5);
        end();
        stream.writeByte(8);
        stream.writeShort(12);
        stream.writeShort(3);
        stream.writeBytes("abc");
        section(3);
        zero("ram", 6);
        data("", 3, 3);
        end();
        stream.writeBytes("devices follow");

        byte[] memory = Files.readAllBytes(read());
        assertThat(memory).hasSize(8 * PAGE);
        int[] expected = {0, 1, 22, 3, 0, 0, 0, 0};
        for (int page = 0; page < 8; page++) {
            assertThat(memory[page * PAGE]).as("page %d", page).isEqualTo((byte) expected[page]);
            assertThat(memory[page * PAGE + PAGE - 1]).isEqualTo((byte) expected[page]);
        }
        assertThat(SparseFile.allocated(directory.resolve("memory"))).isEqualTo(3L * PAGE);
    }

    @Test
    void a_stream_that_ends_before_all_memory_came_is_not_complete() throws IOException {
        begin();
        section(2);
        data("ram", 1, 1);
        end();
        assertThatThrownBy(this::read).isInstanceOf(EOFException.class);
    }

    @Test
    void what_was_not_announced_is_refused() throws IOException {
        for (long page : new long[] {8, 1L << 30, -1}) {
            refused(() -> data("ram", page, 1));
        }
        refused(() -> data("pc.bios", 0, 1));
        refused(() -> data("", 0, 1));
        refused(() -> stream.writeLong(0x40 | PAGE));
        refused(() -> {
            stream.writeLong(1L << 60 | SIZE);
            name("more");
            stream.writeLong(1L << 59);
        });
    }

    private interface Part {
        void write() throws IOException;
    }

    private void refused(Part part) throws IOException {
        bytes.reset();
        begin();
        section(2);
        part.write();
        assertThatThrownBy(this::read).isInstanceOf(IOException.class).isNotInstanceOf(EOFException.class);
    }

    @Test
    void damage_is_an_error_and_nothing_worse() throws IOException {
        begin();
        section(3);
        data("ram", 1, 1);
        end();
        byte[] good = bytes.toByteArray();
        Random random = new Random(1);
        for (int i = 0; i < 2_000; i++) {
            byte[] bad = good.clone();
            bad[random.nextInt(120)] ^= (byte) (1 << random.nextInt(8));
            bytes.reset();
            bytes.writeBytes(bad);
            try {
                assertThat(Files.size(read())).isLessThan(1L << 41);
            } catch (IOException e) {
                assertThat(e.getMessage()).isNotEqualTo("");
            }
        }
    }
}
