package dev.smolvm.vmm.firecracker.fake;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Guest memory in pages: zeros, or a file that is read when a page is first used and never written (a private mapping). Used
 * under the virtual CPUs' lock.
 */
final class GuestMemory {
    static final int PAGE = 4096;
    private static final int PAGES_AT_ONCE = 256;

    private final long bytes;
    private final FileChannel backing;
    private final boolean tracked;
    private final Map<Integer, byte[]> pages = new HashMap<>();
    /** Written since the last snapshot, or since the beginning. */
    private final BitSet dirty = new BitSet();
    /** Used since the beginning, if only to be read: all that mincore(2) can tell. */
    private final BitSet resident = new BitSet();

    GuestMemory(long bytes, FileChannel backing, boolean tracked) {
        this.bytes = bytes;
        this.backing = backing;
        this.tracked = tracked;
    }

    boolean tracked() {
        return tracked;
    }

    void write(long address, byte[] content) {
        for (int i = 0; i < content.length; i++) {
            int page = page(address + i);
            loaded(page)[(int) ((address + i) % PAGE)] = content[i];
            dirty.set(page);
        }
    }

    byte[] read(long address, int count) {
        byte[] content = new byte[count];
        for (int i = 0; i < count; i++) {
            content[i] = loaded(page(address + i))[(int) ((address + i) % PAGE)];
        }
        return content;
    }

    long readLong(long address) {
        return ByteBuffer.wrap(read(address, Long.BYTES)).getLong();
    }

    void writeLong(long address, long value) {
        write(address, ByteBuffer.allocate(Long.BYTES).putLong(value).array());
    }

    private int page(long address) {
        if (address < 0 || address >= bytes) {
            throw new IllegalArgumentException("no memory at " + address);
        }
        return (int) (address / PAGE);
    }

    private byte[] loaded(int page) {
        resident.set(page);
        return pages.computeIfAbsent(page, this::fromBacking);
    }

    private byte[] fromBacking(int page) {
        byte[] content = new byte[PAGE];
        if (backing != null) {
            try {
                ByteBuffer into = ByteBuffer.wrap(content);
                while (into.hasRemaining()) {
                    if (backing.read(into, (long) page * PAGE + into.position()) < 0) {
                        throw new BusError();
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return content;
    }

    /** A page of a private mapping beyond the end of its file: the process gets SIGBUS. */
    static final class BusError extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** Writes everything, and starts to count writes anew. Unlike Firecracker's, the file is not forced to the disk: no test sees it. */
    void dump(Path file) throws IOException {
        try (FileChannel to = sized(file)) {
            ByteBuffer buffer = ByteBuffer.allocate(PAGES_AT_ONCE * PAGE);
            int count = (int) (bytes / PAGE);
            for (int first = 0; first < count; first += PAGES_AT_ONCE) {
                buffer.clear();
                for (int page = first; page < Math.min(count, first + PAGES_AT_ONCE); page++) {
                    byte[] kept = pages.get(page);
                    buffer.put(kept == null ? fromBacking(page) : kept);
                }
                writeAll(to, buffer.flip(), (long) first * PAGE);
            }
            resident.set(0, count);
        }
        dirty.clear();
    }

    /** Writes what was written since the last snapshot; where nobody counted that, what was ever used. */
    void dumpChanges(Path file) throws IOException {
        try (FileChannel to = sized(file)) {
            BitSet wanted = tracked ? dirty : resident;
            for (int page = wanted.nextSetBit(0); page >= 0; page = wanted.nextSetBit(page + 1)) {
                writeAll(to, ByteBuffer.wrap(loaded(page)), (long) page * PAGE);
            }
        }
        dirty.clear();
    }

    /** A file of another size is emptied, one of the right size keeps what is not written. */
    FileChannel sized(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (channel.size() != bytes) {
            channel.truncate(0);
            // The JDK has no way to make a file longer but to write to its end.
            try (var grown = new java.io.RandomAccessFile(file.toFile(), "rw")) {
                grown.setLength(bytes);
            }
        }
        return channel;
    }

    private static void writeAll(FileChannel to, ByteBuffer content, long at) throws IOException {
        long begin = at - content.position();
        while (content.hasRemaining()) {
            to.write(content, begin + content.position());
        }
    }
}
