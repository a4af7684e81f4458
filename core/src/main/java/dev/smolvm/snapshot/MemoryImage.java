package dev.smolvm.snapshot;

import dev.smolvm.os.SparseFile;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.vmm.MemoryOverlay;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The saved memory of a snapshot, put together from a chain: at most one complete file, and files of changes above it. Knows
 * for each page which file has it.
 */
public final class MemoryImage implements AutoCloseable {
    private static final int PAGE = DiffMemory.PAGE;

    private final long bytes;
    private final List<FileChannel> channels = new ArrayList<>();
    private final List<Path> files = new ArrayList<>();
    private PageMap pages;

    private MemoryImage(long bytes) {
        this.bytes = bytes;
        this.pages = PageMap.zeros(bytes / PAGE);
    }

    public static MemoryImage zeros(long bytes) {
        return new MemoryImage(bytes);
    }

    /** Lays a complete memory file over what is there; its holes are known as zeros, and never read. */
    public void addComplete(Path file, long offset) throws IOException {
        int index = open(file);
        List<PageMap.Segment> data = new ArrayList<>();
        long next = 0;
        for (SparseFile.Extent extent : SparseFile.extents(file)) {
            long first = Math.max(next, (Math.max(extent.offset(), offset) - offset) / PAGE);
            long end = (Math.min(extent.end(), offset + bytes) - offset + PAGE - 1) / PAGE;
            if (first < end) {
                data.add(new PageMap.Segment(first, end - first, index, offset + first * PAGE));
                next = end;
            }
        }
        pages = pages.with(data);
    }

    /**
     * The same without looking for its holes. For a restore: it reads none of the pages itself, and the system call for that
     * takes the JVM a tenth of a second the first time.
     */
    void addMapped(Path file, long offset) throws IOException {
        int index = open(file);
        pages = pages.with(List.of(new PageMap.Segment(0, bytes / PAGE, index, offset)));
    }

    /**
     * Lays a file of changes over what is there.
     *
     * @param checksum of its index, where there is one
     */
    public void addChanges(Path file, Optional<IndexChecksum> checksum) throws IOException {
        int index = open(file);
        DiffMemory.Index changes = DiffMemory.readIndex(channels.get(index), file, bytes, checksum);
        List<PageMap.Segment> runs = new ArrayList<>(changes.runs().size());
        long data = changes.dataOffset();
        for (DiffMemory.Run run : changes.runs()) {
            runs.add(new PageMap.Segment(run.firstPage(), run.pages(), index, run.zero() ? PageMap.ZERO : data));
            data += run.zero() ? 0 : run.pages() * PAGE;
        }
        pages = pages.with(runs);
    }

    /** Lays what a VMM saved of the pages that changed over what is there. */
    void addCaptured(Path file, long offset, List<DiffMemory.Run> runs) throws IOException {
        int index = open(file);
        pages = pages.with(runs.stream()
                .map(r -> new PageMap.Segment(
                        r.firstPage(), r.pages(), index, r.zero() ? PageMap.ZERO : offset + r.firstPage() * PAGE))
                .toList());
    }

    private int open(Path file) throws IOException {
        channels.add(FileChannel.open(file, StandardOpenOption.READ));
        files.add(file);
        return channels.size() - 1;
    }

    PageMap map() {
        return pages;
    }

    public long pages() {
        return pages.pages();
    }

    public boolean isZero(long page) {
        return pages.from(page, 1).zero();
    }

    /** How many pages from {@code page} on lie behind each other in the same file, or are all zero; at most {@code max}. */
    public int together(long page, int max) {
        return (int) pages.from(page, max).pages();
    }

    /** What lies over the lowest file. */
    MemoryOverlay overlay() {
        List<MemoryOverlay.Run> runs = new ArrayList<>();
        for (PageMap.Segment segment : pages.segments()) {
            if (segment.file() > 0) {
                runs.add(
                        segment.zero()
                                ? new MemoryOverlay.Run(segment.first(), segment.pages(), MemoryOverlay.ZEROS, 0)
                                : new MemoryOverlay.Run(
                                        segment.first(), segment.pages(), segment.file() - 1, segment.offset()));
            }
        }
        return new MemoryOverlay(files.subList(1, files.size()), runs);
    }

    /** Fills the buffer with whole pages from {@code address} on. */
    public void read(long address, ByteBuffer target) throws IOException {
        int limit = target.limit();
        long page = address / PAGE;
        while (target.position() < limit) {
            PageMap.Segment part = pages.from(page, (limit - target.position()) / PAGE);
            target.limit(Math.toIntExact(target.position() + part.pages() * PAGE));
            if (part.zero()) {
                while (target.hasRemaining()) {
                    target.putLong(0);
                }
            } else {
                DiffMemory.readFully(channels.get(part.file()), part.offset(), target, files.get(part.file()));
            }
            target.limit(limit);
            page += part.pages();
        }
    }

    /** The runs of pages in which {@code this} differs from {@code parent}. */
    List<DiffMemory.Run> differencesFrom(MemoryImage parent) throws IOException {
        return new MemoryComparison(parent, this).differences();
    }

    /** Writes the whole memory, page 0 first, with holes for zeros. */
    public void writeComplete(Path file) throws IOException {
        DurableFiles.createFile(file);
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.READ)) {
            out.write(ByteBuffer.allocate(1), bytes - 1);
            ByteBuffer part = ByteBuffer.allocateDirect(1 << 20);
            for (PageMap.Segment segment : pages.segments()) {
                for (long done = 0; !segment.zero() && done < segment.pages(); ) {
                    long count = Math.min(segment.pages() - done, part.capacity() / PAGE);
                    long address = (segment.first() + done) * PAGE;
                    read(address, part.clear().limit(Math.toIntExact(count * PAGE)));
                    part.flip();
                    while (part.hasRemaining()) {
                        out.write(part, address + part.position());
                    }
                    done += count;
                }
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
