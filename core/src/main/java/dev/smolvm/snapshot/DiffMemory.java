package dev.smolvm.snapshot;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The file format of changed memory, all numbers big-endian: {@code "SMOLDIFF"}, u32 version (1), u32 page size, u64 memory
 * size, u64 number of runs, then the runs: u64 first page, u64 number of pages, the top bit of which says that they are all
 * zero; then, from the next multiple of the page size on, the pages of the other runs in order.
 */
final class DiffMemory {
    static final int PAGE = 4096;
    private static final long MAGIC = 0x534d_4f4c_4449_4646L;
    private static final int VERSION = 1;
    private static final int HEADER = 32;
    private static final int RUN = 16;
    private static final long ZERO = 1L << 63;
    private static final int MAX_RUNS = 1 << 26;

    private DiffMemory() {}

    /** Pages that follow each other. */
    record Run(long firstPage, long pages, boolean zero) {}

    /** A file's index. */
    record Index(long memoryBytes, List<Run> runs, long dataOffset) {}

    static void write(Path file, long memoryBytes, List<Run> runs, PageSource source) throws IOException {
        DurableFiles.createFile(file);
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ByteBuffer head = ByteBuffer.allocate(Math.toIntExact(dataOffset(runs.size())));
            head.putLong(MAGIC)
                    .putInt(VERSION)
                    .putInt(PAGE)
                    .putLong(memoryBytes)
                    .putLong(runs.size());
            for (Run run : runs) {
                head.putLong(run.firstPage()).putLong(run.pages() | (run.zero() ? ZERO : 0));
            }
            head.position(0);
            writeFully(out, head);
            ByteBuffer pages = ByteBuffer.allocateDirect(1 << 20);
            for (Run run : runs) {
                for (long done = 0; !run.zero() && done < run.pages(); ) {
                    int count = (int) Math.min(run.pages() - done, pages.capacity() / PAGE);
                    pages.clear().limit(count * PAGE);
                    source.read((run.firstPage() + done) * PAGE, pages);
                    writeFully(out, pages.flip());
                    done += count;
                }
            }
        }
    }

    /** Reads guest memory. */
    interface PageSource {
        /** Fills the buffer from this address on. */
        void read(long address, ByteBuffer target) throws IOException;
    }

    static Index readIndex(FileChannel in, Path file) throws IOException {
        ByteBuffer head = readFully(in, 0, HEADER, file);
        if (head.getLong() != MAGIC || head.getInt() != VERSION || head.getInt() != PAGE) {
            throw damaged(file, "not a file of changed memory, version " + VERSION);
        }
        long memoryBytes = head.getLong();
        long count = head.getLong();
        if (memoryBytes <= 0 || memoryBytes % PAGE != 0 || count < 0 || count > MAX_RUNS || count * RUN > in.size()) {
            throw damaged(file, "its header does not fit");
        }
        ByteBuffer index = readFully(in, HEADER, Math.toIntExact(count * RUN), file);
        List<Run> runs = new ArrayList<>((int) count);
        long next = 0;
        long data = 0;
        for (int i = 0; i < count; i++) {
            long first = index.getLong();
            long pages = index.getLong();
            Run run = new Run(first, pages & ~ZERO, pages < 0);
            if (first < next || run.pages() <= 0 || run.pages() > memoryBytes / PAGE - first) {
                throw damaged(file, "its index does not fit");
            }
            next = first + run.pages();
            data += run.zero() ? 0 : run.pages();
            runs.add(run);
        }
        long dataOffset = dataOffset((int) count);
        if (in.size() != dataOffset + data * PAGE) {
            throw damaged(file, "its size does not fit its index");
        }
        return new Index(memoryBytes, runs, dataOffset);
    }

    private static long dataOffset(int runs) {
        return (HEADER + (long) runs * RUN + PAGE - 1) / PAGE * PAGE;
    }

    static ByteBuffer readFully(FileChannel in, long offset, int length, Path file) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        readFully(in, offset, buffer, file);
        return buffer.flip();
    }

    static void readFully(FileChannel in, long offset, ByteBuffer target, Path file) throws IOException {
        int start = target.position();
        while (target.hasRemaining()) {
            if (in.read(target, offset + target.position() - start) < 0) {
                throw damaged(file, "it is cut off");
            }
        }
    }

    private static void writeFully(FileChannel out, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }

    static SmolVmException damaged(Path file, String what) {
        return new SmolVmException(
                ErrorKind.INTEGRITY,
                "saved memory " + file + " is damaged: " + what,
                "restore another snapshot: smolvm sandbox snapshot list");
    }
}
