package dev.smolvm.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of this process, with a file of holes and data that is mapped privately, as a VMM maps saved memory. */
class ProcessMemoryTest {
    private static final long PAGE = 4096;
    private static final long SIZE = 512 * PAGE;

    @TempDir
    Path directory;

    private static long inUse(MemorySegment memory) throws IOException {
        return ProcessMemory.inUse(
                ProcessHandle.current().pid(), memory.address(), memory.address() + memory.byteSize());
    }

    private static void write(MemorySegment memory, long page) {
        memory.set(ValueLayout.JAVA_BYTE, page * PAGE, (byte) 1);
    }

    @Test
    void counts_what_the_file_holds_and_what_was_written_each_page_once() throws Exception {
        Path file = Files.createFile(directory.resolve("memory"));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
                Arena arena = Arena.ofConfined()) {
            channel.write(ByteBuffer.allocate(1), SIZE - 1);
            channel.write(ByteBuffer.allocate((int) (20 * PAGE)), 100 * PAGE);
            long saved = SparseFile.allocated(file);
            MemorySegment memory = channel.map(FileChannel.MapMode.PRIVATE, 0, SIZE, arena);
            assertThat(inUse(memory)).isEqualTo(saved);

            for (long page = 0; page < SIZE / PAGE; page++) {
                memory.get(ValueLayout.JAVA_BYTE, page * PAGE);
            }
            assertThat(inUse(memory)).isEqualTo(saved);

            write(memory, 3);
            write(memory, 4);
            write(memory, 105);
            assertThat(inUse(memory)).isEqualTo(saved + 2 * PAGE);
            assertThat(inUse(memory.asSlice(100 * PAGE, 10 * PAGE))).isEqualTo(10 * PAGE);

            // Nobody can tell any more what it holds but for what was read of it, which is all.
            Files.delete(file);
            assertThat(inUse(memory)).isEqualTo(SIZE);
        }
    }
}
