package dev.smolvm.os;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** Which pages of a file that a process maps it has touched (proc(5): maps; the kernel's admin-guide/mm/pagemap). */
public final class MappedPages {
    private static final int PAGE = 4096;
    private static final long PRESENT = 1L << 63;
    private static final int ENTRIES_AT_ONCE = 8192;

    private MappedPages() {}

    /**
     * The parts of the file, in the order of its mappings; what is less than {@code gap} bytes apart is one. Pages that the process
     * has copied since count as well.
     *
     * @return empty where the process does not map it
     * @throws IOException also where the process may not be looked at
     */
    public static List<SparseFile.Extent> touched(long pid, Path file, long gap) throws IOException {
        Path proc = Path.of("/proc", Long.toString(pid));
        String wanted = file.toRealPath().toString();
        List<SparseFile.Extent> touched = new ArrayList<>();
        try (FileChannel pages = FileChannel.open(proc.resolve("pagemap"), StandardOpenOption.READ)) {
            for (String line : Files.readAllLines(proc.resolve("maps"), StandardCharsets.UTF_8)) {
                // START-END PERMISSIONS OFFSET DEVICE INODE PATH
                String[] fields = line.split(" +", 6);
                if (fields.length == 6 && fields[5].equals(wanted)) {
                    String[] range = fields[0].split("-");
                    add(
                            touched,
                            pages,
                            Long.parseLong(range[0], 16),
                            Long.parseLong(range[1], 16),
                            Long.parseLong(fields[2], 16),
                            gap);
                }
            }
        }
        return touched;
    }

    private static void add(
            List<SparseFile.Extent> touched, FileChannel pages, long start, long end, long offset, long gap)
            throws IOException {
        ByteBuffer part = ByteBuffer.allocate(ENTRIES_AT_ONCE * Long.BYTES).order(ByteOrder.nativeOrder());
        for (long address = start; address < end; ) {
            long count = Math.min(ENTRIES_AT_ONCE, (end - address) / PAGE);
            part.clear().limit(Math.toIntExact(count * Long.BYTES));
            if (pages.read(part, address / PAGE * Long.BYTES) != count * Long.BYTES) {
                throw new EOFException("the pages of a mapping end early");
            }
            part.flip();
            for (; part.hasRemaining(); address += PAGE) {
                if ((part.getLong() & PRESENT) != 0) {
                    add(touched, offset + address - start, gap);
                }
            }
        }
    }

    private static void add(List<SparseFile.Extent> touched, long offset, long gap) {
        SparseFile.Extent last = touched.isEmpty() ? new SparseFile.Extent(-1, 0) : touched.getLast();
        if (last.length() > 0 && offset >= last.end() && offset - last.end() < gap) {
            touched.set(touched.size() - 1, new SparseFile.Extent(last.offset(), offset + PAGE - last.offset()));
        } else {
            touched.add(new SparseFile.Extent(offset, PAGE));
        }
    }
}
