package dev.smolvm.vmm.qemu;

import dev.smolvm.os.SparseFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.BitSet;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What is done with a memory file that QEMU has written, with holes between runs of 16 pages: reading its header and its bitmap,
 * and looking for stale pages, of which there are none. Here because the reader is the package's own.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
public class MappedRamFunction {
    private static final int PAGE = 4096;
    private static final int PAGES = 32_768;
    private static final int RUN = 16;
    private static final String RAM = "ram";
    private static final long LENGTH = (long) PAGES * PAGE;
    private static final int PAGES_OFFSET = 1 << 20;

    private Path file;

    @Setup
    public void write() throws IOException {
        file = Files.createTempFile("smolvm-bench-", "");
        BitSet present = new BitSet();
        byte[] run = new byte[RUN * PAGE];
        Arrays.fill(run, (byte) 1);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            for (int page = 0; page < PAGES; page += 2 * RUN) {
                present.set(page, page + RUN);
                channel.write(ByteBuffer.wrap(run), PAGES_OFFSET + (long) page * PAGE);
            }
            channel.write(header(present), 0);
            channel.force(true);
        }
        try (SparseFile sparse = SparseFile.openForWriting(file)) {
            sparse.setSize(PAGES_OFFSET + LENGTH);
        }
    }

    /** As {@link MappedRamFile} reads it: the stream's beginning, one RAM block's header, and its bitmap. */
    private static ByteBuffer header(BitSet present) {
        ByteBuffer header = ByteBuffer.allocate(256 + PAGES / 8).order(ByteOrder.BIG_ENDIAN);
        header.putInt(0x5145_564d).putInt(3);
        header.put((byte) 1).putInt(0);
        name(header, RAM);
        header.putInt(0).putInt(4).putLong(LENGTH | 4);
        name(header, RAM);
        header.putLong(LENGTH).putInt(1).putLong(PAGE);
        long bitmapOffset = header.position() + 16;
        header.putLong(bitmapOffset).putLong(PAGES_OFFSET);
        header.put(present.toByteArray());
        header.position((int) bitmapOffset + PAGES / 8);
        return header.flip();
    }

    private static void name(ByteBuffer to, String name) {
        to.put((byte) name.length()).put(name.getBytes(StandardCharsets.US_ASCII));
    }

    @TearDown
    public void remove() throws IOException {
        Files.delete(file);
    }

    @Benchmark
    public long ours() throws IOException {
        MappedRamFile memory = MappedRamFile.read(file);
        long cleared = memory.clearStalePages(memory.block(RAM));
        if (cleared != 0) {
            throw new IllegalStateException(cleared + " bytes were stale");
        }
        return cleared;
    }

    /** Where the file system has its data. */
    @Benchmark
    public Object floor() throws IOException {
        return SparseFile.extents(file);
    }
}
