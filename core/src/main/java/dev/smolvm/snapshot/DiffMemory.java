package dev.smolvm.snapshot;

import dev.smolvm.error.Advice;
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
import java.util.Optional;

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
    /** Read at a time, so that what a damaged header says of the index takes no memory. */
    private static final int INDEX_PART = 4096 * RUN;

    private DiffMemory() {}

    /** Pages that follow each other. */
    record Run(long firstPage, long pages, boolean zero) {
        /** Adds a run behind the others, to the last one if that goes on with it. */
        static void add(List<Run> runs, Run next) {
            if (!runs.isEmpty()) {
                Run last = runs.getLast();
                if (last.zero == next.zero && last.firstPage + last.pages == next.firstPage) {
                    runs.set(runs.size() - 1, new Run(last.firstPage, last.pages + next.pages, next.zero));
                    return;
                }
            }
            runs.add(next);
        }
    }

    /** What a file of these runs takes, in bytes. */
    static long fileBytes(List<Run> runs) {
        long pages = 0;
        for (Run run : runs) {
            pages += run.zero() ? 0 : run.pages();
        }
        return dataOffset(runs.size()) + pages * PAGE;
    }

    /** A file's index. */
    record Index(List<Run> runs, long dataOffset) {}

    /** @return what {@link #readIndex} is to check */
    static IndexChecksum write(Path file, long memoryBytes, List<Run> runs, PageSource source) throws IOException {
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
            IndexChecksum index =
                    new IndexChecksum.Sum().add(head.duplicate().flip()).end();
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
            return index;
        }
    }

    /** Reads guest memory. */
    interface PageSource {
        /** Fills the buffer from this address on. */
        void read(long address, ByteBuffer target) throws IOException;
    }

    /**
     * @param memoryBytes the memory's size as the manifest has it
     * @param checksum as the manifest has it; empty: it has none
     * @throws SmolVmException integrity: the file is not what {@link #write} made for such a memory
     */
    static Index readIndex(FileChannel in, Path file, long memoryBytes, Optional<IndexChecksum> checksum)
            throws IOException {
        ByteBuffer head = readFully(in, 0, HEADER, file);
        IndexChecksum.Sum sum = new IndexChecksum.Sum().add(head);
        if (head.getLong() != MAGIC || head.getInt() != VERSION || head.getInt() != PAGE) {
            throw damaged(file, "not a file of changed memory, version " + VERSION);
        }
        if (head.getLong() != memoryBytes) {
            throw damaged(file, "it belongs to a machine with another memory size");
        }
        long count = head.getLong();
        if (count < 0 || count > memoryBytes / PAGE || count > in.size() / RUN) {
            throw damaged(file, "its header does not fit");
        }
        List<Run> runs = runs(in, file, (int) count, memoryBytes / PAGE, sum);
        if (checksum.isPresent() && !checksum.get().equals(sum.end())) {
            throw damaged(file, "its index does not match its checksum");
        }
        if (in.size() != fileBytes(runs)) {
            throw damaged(file, "its size does not fit its index");
        }
        return new Index(runs, dataOffset((int) count));
    }

    private static List<Run> runs(FileChannel in, Path file, int count, long memoryPages, IndexChecksum.Sum sum)
            throws IOException {
        List<Run> runs = new ArrayList<>();
        ByteBuffer part = ByteBuffer.allocate(INDEX_PART).limit(0);
        long next = 0;
        for (int i = 0; i < count; i++) {
            if (!part.hasRemaining()) {
                part = readFully(
                        in, HEADER + (long) i * RUN, (int) Math.min(INDEX_PART, (long) (count - i) * RUN), file);
                sum.add(part);
            }
            long first = part.getLong();
            long pages = part.getLong();
            Run run = new Run(first, pages & ~ZERO, pages < 0);
            if (first < next || run.pages() <= 0 || run.pages() > memoryPages - first) {
                throw damaged(file, "its index does not fit");
            }
            next = first + run.pages();
            runs.add(run);
        }
        return runs;
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
                Advice.WHICH_SNAPSHOTS_ARE_INTACT);
    }
}
