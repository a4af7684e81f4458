package dev.smolvm.os;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a process has in its memory, as the kernel tells it (proc(5); kernel documentation, admin-guide/mm/pagemap). */
public final class ProcessMemory {
    private static final Pattern MAPPING = Pattern.compile("([0-9a-f]+)-([0-9a-f]+) rw-p ([0-9a-f]+) \\S+ \\d+ *(.*)");
    private static final int PAGE = 4096;

    private static final long PRESENT = 1L << 63;
    private static final long SWAPPED = 1L << 62;
    private static final long OF_A_FILE = 1L << 61;
    /** Nobody else has it; so is no page of zeros that was only read, of which there is one for all. */
    private static final long EXCLUSIVE = 1L << 56;

    private final Path process;
    private final Map<String, List<SparseFile.Extent>> extents = new HashMap<>();

    private ProcessMemory(Path process) {
        this.process = process;
    }

    /** @param end behind the last byte */
    private record Mapping(long start, long end, long offset, String file) {
        Mapping within(long from, long limit) {
            long first = Math.max(start, from);
            return new Mapping(first, Math.min(end, limit), offset + (first - start), file);
        }

        int pages() {
            return Math.toIntExact((end - start) / PAGE);
        }
    }

    /**
     * At most so many bytes of a range of addresses hold something else than zeros: what the process has written there, and
     * what the files hold that it has mapped there to write to privately.
     */
    public static long inUse(long pid, long from, long end) throws IOException {
        ProcessMemory memory = new ProcessMemory(Path.of("/proc/" + pid));
        long pages = 0;
        try (FileChannel pagemap = FileChannel.open(memory.process.resolve("pagemap"), StandardOpenOption.READ)) {
            for (String line : Files.readAllLines(memory.process.resolve("maps"))) {
                Matcher fields = MAPPING.matcher(line);
                if (fields.matches()) {
                    Mapping mapping = new Mapping(
                                    Long.parseUnsignedLong(fields.group(1), 16),
                                    Long.parseUnsignedLong(fields.group(2), 16),
                                    Long.parseUnsignedLong(fields.group(3), 16),
                                    fields.group(4))
                            .within(from, end);
                    pages += mapping.start() < mapping.end() ? memory.inUse(mapping, pagemap) : 0;
                }
            }
        }
        return pages * PAGE;
    }

    private long inUse(Mapping mapping, FileChannel pagemap) throws IOException {
        BitSet used = new BitSet(mapping.pages());
        boolean gone = mapping.file().endsWith(" (deleted)");
        if (mapping.file().startsWith("/") && !gone) {
            for (SparseFile.Extent extent : extents(mapping.file())) {
                long first = Math.max(0, extent.offset() - mapping.offset()) / PAGE;
                long behind = Math.min(mapping.pages(), (extent.end() - mapping.offset() + PAGE - 1) / PAGE);
                if (first < behind) {
                    used.set((int) first, (int) behind);
                }
            }
        }
        ByteBuffer entries = ByteBuffer.allocate(Long.BYTES * Math.min(mapping.pages(), 1 << 16))
                .order(ByteOrder.nativeOrder());
        for (int page = 0; page < mapping.pages(); ) {
            entries.clear().limit(Long.BYTES * Math.min(mapping.pages() - page, 1 << 16));
            if (pagemap.read(entries, (mapping.start() / PAGE + page) * Long.BYTES) <= 0) {
                break;
            }
            for (entries.flip(); entries.remaining() >= Long.BYTES; page++) {
                if (holdsData(entries.getLong(), gone)) {
                    used.set(page);
                }
            }
        }
        return used.cardinality();
    }

    /** @param gone of a file that is gone only what was read of it can be told */
    private static boolean holdsData(long entry, boolean gone) {
        boolean written = (entry & (EXCLUSIVE | OF_A_FILE)) == EXCLUSIVE;
        boolean read = (entry & (PRESENT | OF_A_FILE)) == (PRESENT | OF_A_FILE);
        return written || (entry & SWAPPED) != 0 || gone && read;
    }

    private List<SparseFile.Extent> extents(String file) throws IOException {
        List<SparseFile.Extent> known = extents.get(file);
        if (known == null) {
            try {
                known = SparseFile.extents(Path.of(file));
            } catch (NoSuchFileException e) {
                known = List.of();
            }
            extents.put(file, known);
        }
        return known;
    }
}
