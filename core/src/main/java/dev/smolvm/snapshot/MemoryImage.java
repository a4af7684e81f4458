package dev.smolvm.snapshot;

import dev.smolvm.os.SparseFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * The saved memory of a snapshot, put together from a chain: at most one complete file, and files of changes above it. Knows
 * for each page which file has it, so that zero pages are never read.
 */
public final class MemoryImage implements AutoCloseable {
    private static final int PAGE = DiffMemory.PAGE;
    private static final int ZERO = -1;

    private final long bytes;
    private final List<FileChannel> channels = new ArrayList<>();
    private final List<Path> files = new ArrayList<>();
    /** For each page: which file has it, or {@link #ZERO}. */
    private final byte[] owner;
    /** For each page: its place in that file, in bytes. */
    private final long[] place;

    private MemoryImage(long bytes) {
        this.bytes = bytes;
        int pages = Math.toIntExact(bytes / PAGE);
        this.owner = new byte[pages];
        this.place = new long[pages];
        java.util.Arrays.fill(owner, (byte) ZERO);
    }

    public static MemoryImage zeros(long bytes) {
        return new MemoryImage(bytes);
    }

    /** Lays a complete memory file over what is there. */
    public void addComplete(Path file, long offset) throws IOException {
        int index = open(file);
        for (SparseFile.Extent extent : SparseFile.extents(file)) {
            long from = Math.max(extent.offset(), offset) - offset;
            long end = Math.min(extent.end(), offset + bytes) - offset;
            for (long address = from / PAGE * PAGE; address < end; address += PAGE) {
                put(Math.toIntExact(address / PAGE), index, offset + address);
            }
        }
    }

    /** Lays a file of changes over what is there. */
    public void addChanges(Path file) throws IOException {
        int index = open(file);
        DiffMemory.Index changes = DiffMemory.readIndex(channels.get(index), file, bytes);
        long data = changes.dataOffset();
        for (DiffMemory.Run run : changes.runs()) {
            for (long page = run.firstPage(); page < run.firstPage() + run.pages(); page++) {
                put(Math.toIntExact(page), run.zero() ? ZERO : index, run.zero() ? 0 : data);
                data += run.zero() ? 0 : PAGE;
            }
        }
    }

    private int open(Path file) throws IOException {
        if (channels.size() == Byte.MAX_VALUE) {
            throw new IOException("a chain of more than " + Byte.MAX_VALUE + " memory files");
        }
        channels.add(FileChannel.open(file, StandardOpenOption.READ));
        files.add(file);
        return channels.size() - 1;
    }

    private void put(int page, int file, long offset) {
        owner[page] = (byte) file;
        place[page] = offset;
    }

    public boolean isZero(long page) {
        return owner[Math.toIntExact(page)] == ZERO;
    }

    public long pages() {
        return owner.length;
    }

    /** How many pages from {@code page} on lie behind each other in the same file, or are all zero; at most {@code max}. */
    public int together(long page, int max) {
        int first = Math.toIntExact(page);
        int count = 1;
        while (count < max
                && first + count < owner.length
                && owner[first + count] == owner[first]
                && (owner[first] == ZERO || place[first + count] == place[first] + (long) count * PAGE)) {
            count++;
        }
        return count;
    }

    /** Fills the buffer with whole pages from {@code address} on. */
    public void read(long address, ByteBuffer target) throws IOException {
        int limit = target.limit();
        long page = address / PAGE;
        while (target.position() < limit) {
            int count = together(page, (limit - target.position()) / PAGE);
            int length = count * PAGE;
            target.limit(target.position() + length);
            if (isZero(page)) {
                while (target.hasRemaining()) {
                    target.putLong(0);
                }
            } else {
                int file = owner[(int) page];
                DiffMemory.readFully(channels.get(file), place[(int) page], target, files.get(file));
            }
            target.limit(limit);
            page += count;
        }
    }

    /** The runs of pages in which {@code this} differs from {@code parent}. */
    List<DiffMemory.Run> differencesFrom(MemoryImage parent) throws IOException {
        BitSet changed = new BitSet(owner.length);
        ByteBuffer mine = ByteBuffer.allocateDirect(1 << 20);
        ByteBuffer theirs = ByteBuffer.allocateDirect(1 << 20);
        for (int page = 0; page < owner.length; ) {
            int max = mine.capacity() / PAGE;
            int count = Math.min(together(page, max), parent.together(page, max));
            if (isZero(page) != parent.isZero(page)) {
                changed.set(page, page + count);
            } else if (!isZero(page)) {
                read((long) page * PAGE, mine.clear().limit(count * PAGE));
                parent.read((long) page * PAGE, theirs.clear().limit(count * PAGE));
                for (int i = 0; i < count; i++) {
                    if (mine.slice(i * PAGE, PAGE).mismatch(theirs.slice(i * PAGE, PAGE)) >= 0) {
                        changed.set(page + i);
                    }
                }
            }
            page += count;
        }
        return runs(changed);
    }

    private List<DiffMemory.Run> runs(BitSet changed) {
        List<DiffMemory.Run> runs = new ArrayList<>();
        for (int page = changed.nextSetBit(0); page >= 0; ) {
            boolean zero = isZero(page);
            int end = page + 1;
            while (changed.get(end) && isZero(end) == zero) {
                end++;
            }
            runs.add(new DiffMemory.Run(page, end - page, zero));
            page = changed.nextSetBit(end);
        }
        return runs;
    }

    /** Writes the whole memory, page 0 first, with holes for zeros. */
    public void writeComplete(Path file) throws IOException {
        dev.smolvm.store.DurableFiles.createFile(file);
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.READ)) {
            out.write(ByteBuffer.allocate(1), bytes - 1);
            ByteBuffer pages = ByteBuffer.allocateDirect(1 << 20);
            for (int page = 0; page < owner.length; ) {
                int count = together(page, pages.capacity() / PAGE);
                if (!isZero(page)) {
                    read((long) page * PAGE, pages.clear().limit(count * PAGE));
                    pages.flip();
                    long address = (long) page * PAGE;
                    while (pages.hasRemaining()) {
                        out.write(pages, address + pages.position());
                    }
                }
                page += count;
            }
        }
    }

    @Override
    public void close() throws IOException {
        for (FileChannel channel : channels) {
            channel.close();
        }
    }
}
