package dev.smolvm.snapshot;

import java.util.ArrayList;
import java.util.List;

/**
 * Where the pages of a memory lie.
 *
 * @param segments all pages, in order; two that lie behind each other in the same file are one
 */
record PageMap(List<Segment> segments) {
    /** In place of an offset: the pages are zero. */
    static final long ZERO = -1;
    /** In place of a file: nothing has said what the pages hold, so they are zero. */
    static final int NOTHING = -1;

    /**
     * Pages that follow each other in memory and in a file.
     *
     * @param file the file that has them, or that says that they are zero
     * @param offset of the first one in that file, in bytes
     */
    record Segment(long first, long pages, int file, long offset) {
        long end() {
            return first + pages;
        }

        boolean zero() {
            return offset == ZERO;
        }

        /** Of these pages those from {@code from} up to {@code to}. */
        Segment part(long from, long to) {
            return new Segment(from, to - from, file, zero() ? ZERO : offset + (from - first) * DiffMemory.PAGE);
        }

        private boolean goesOnWith(Segment next) {
            return file == next.file
                    && (zero() ? next.zero() : !next.zero() && next.offset == offset + pages * DiffMemory.PAGE);
        }
    }

    PageMap {
        segments = List.copyOf(segments);
    }

    static PageMap zeros(long pages) {
        return new PageMap(List.of(new Segment(0, pages, NOTHING, ZERO)));
    }

    long pages() {
        return segments.getLast().end();
    }

    /** With other segments, in order, in place of what was there. */
    PageMap with(List<Segment> above) {
        List<Segment> merged = new ArrayList<>(segments.size() + above.size());
        long at = 0;
        int lower = 0;
        for (Segment segment : above) {
            lower = copy(merged, lower, at, segment.first());
            add(merged, segment);
            at = segment.end();
        }
        copy(merged, lower, at, pages());
        return new PageMap(merged);
    }

    /** Adds what is here of these pages; returns the segment to go on with. */
    private int copy(List<Segment> merged, int start, long from, long to) {
        int i = start;
        while (i < segments.size() && segments.get(i).end() <= from) {
            i++;
        }
        for (; i < segments.size() && segments.get(i).first() < to; i++) {
            Segment segment = segments.get(i);
            if (from < to) {
                add(merged, segment.part(Math.max(from, segment.first()), Math.min(to, segment.end())));
            }
            if (segment.end() > to) {
                break;
            }
        }
        return i;
    }

    private static void add(List<Segment> merged, Segment next) {
        if (!merged.isEmpty() && merged.getLast().goesOnWith(next)) {
            Segment last = merged.removeLast();
            merged.add(new Segment(last.first(), last.pages() + next.pages(), last.file(), last.offset()));
        } else {
            merged.add(next);
        }
    }

    /** The pages from {@code page} on that lie together, {@code max} at most. */
    Segment from(long page, long max) {
        int low = 0;
        int high = segments.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (segments.get(middle).first() <= page) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        Segment segment = segments.get(low);
        return segment.part(page, Math.min(segment.end(), page + max));
    }

    /** The pages that a file from {@code file} on has, or says to be zero. */
    List<DiffMemory.Run> runsFrom(int file) {
        List<DiffMemory.Run> runs = new ArrayList<>();
        for (Segment segment : segments) {
            if (segment.file() >= file) {
                DiffMemory.Run.add(runs, new DiffMemory.Run(segment.first(), segment.pages(), segment.zero()));
            }
        }
        return runs;
    }

    /** With these pages in another file, one behind the other: how many segments there would be, at most. */
    int segmentsWith(List<DiffMemory.Run> runs) {
        long offset = 0;
        List<Segment> above = new ArrayList<>(runs.size());
        for (DiffMemory.Run run : runs) {
            above.add(new Segment(run.firstPage(), run.pages(), Integer.MAX_VALUE, run.zero() ? ZERO : offset));
            offset += run.zero() ? 0 : run.pages() * DiffMemory.PAGE;
        }
        return with(above).segments().size();
    }
}
