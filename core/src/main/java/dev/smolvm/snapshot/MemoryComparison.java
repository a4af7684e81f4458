package dev.smolvm.snapshot;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.LongStream;

/** Finds the pages in which a memory differs from an earlier one, on all processors. */
final class MemoryComparison {
    private static final int PAGE = DiffMemory.PAGE;
    private static final int BUFFER_PAGES = 256;
    /** What one thread does at a time: 16 MiB. */
    private static final long PART_PAGES = 4096;

    private final MemoryImage before;
    private final MemoryImage now;
    private final long pages;

    MemoryComparison(MemoryImage before, MemoryImage now) {
        this.before = before;
        this.now = now;
        this.pages = now.pages();
    }

    List<DiffMemory.Run> differences() throws IOException {
        try {
            List<DiffMemory.Run> all = new ArrayList<>();
            LongStream.range(0, (pages + PART_PAGES - 1) / PART_PAGES)
                    .parallel()
                    .mapToObj(part -> part(part * PART_PAGES, Math.min(pages, (part + 1) * PART_PAGES)))
                    .toList()
                    .forEach(part -> part.forEach(run -> DiffMemory.Run.add(all, run)));
            return all;
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private List<DiffMemory.Run> part(long first, long end) {
        try {
            BitSet changed = changed(first, end);
            List<DiffMemory.Run> runs = new ArrayList<>();
            for (int i = changed.nextSetBit(0); i >= 0; i = changed.nextSetBit(i)) {
                long page = first + i;
                PageMap.Segment same = now.map().from(page, changed.nextClearBit(i) - i);
                DiffMemory.Run.add(runs, new DiffMemory.Run(page, same.pages(), same.zero()));
                i += (int) same.pages();
            }
            return runs;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Bit 0 stands for the page {@code first}. */
    private BitSet changed(long first, long end) throws IOException {
        BitSet changed = new BitSet();
        ByteBuffer mine = null;
        ByteBuffer theirs = null;
        for (long page = first; page < end; ) {
            PageMap.Segment here = now.map().from(page, Math.min(BUFFER_PAGES, end - page));
            PageMap.Segment there = before.map().from(page, here.pages());
            int count = (int) there.pages();
            int bit = (int) (page - first);
            if (here.zero() != there.zero()) {
                changed.set(bit, bit + count);
            } else if (!here.zero()) {
                if (mine == null) {
                    mine = ByteBuffer.allocateDirect(BUFFER_PAGES * PAGE);
                    theirs = ByteBuffer.allocateDirect(BUFFER_PAGES * PAGE);
                }
                now.read(page * PAGE, mine.clear().limit(count * PAGE));
                before.read(page * PAGE, theirs.clear().limit(count * PAGE));
                compare(mine.flip(), theirs.flip(), bit, changed);
            }
            page += count;
        }
        return changed;
    }

    private static void compare(ByteBuffer mine, ByteBuffer theirs, int bit, BitSet changed) {
        while (true) {
            int mismatch = mine.mismatch(theirs);
            if (mismatch < 0) {
                return;
            }
            int page = (mine.position() + mismatch) / PAGE;
            changed.set(bit + page);
            mine.position((page + 1) * PAGE);
            theirs.position((page + 1) * PAGE);
        }
    }
}
