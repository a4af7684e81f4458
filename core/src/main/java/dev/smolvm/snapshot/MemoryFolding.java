package dev.smolvm.snapshot;

import java.util.List;

/**
 * Keeps chains of memory files short while snapshots are taken, so that restores need not: the file of a new snapshot may
 * replace pages of a file further down the chain instead of its parent's, and then holds what those in between hold too.
 */
final class MemoryFolding {
    /**
     * Files of a chain, at most. So many are opened for a restore: the time for that is a few milliseconds. Ten diffs and the
     * file they begin with are never folded.
     */
    static final int MAX_FILES = 24;
    /** More mappings than this would come too near to what Linux lets a process have (vm.max_map_count, 65,530 by default). */
    static final int MAX_MAPPINGS = 16_384;

    private static final double MUCH_THE_SAME = 1.25;

    private MemoryFolding() {}

    /**
     * How many files of a chain to keep below a new one: all while there is room, else as few as do not cost much more for each
     * file that drops out than the cheapest choice does.
     *
     * @param sizes what each file of the chain takes, in bytes, the lowest first
     * @param complete what all of the memory takes, the most that any file can
     */
    static int keep(List<Long> sizes, long complete) {
        if (sizes.size() < MAX_FILES) {
            return sizes.size();
        }
        double least = Double.MAX_VALUE;
        for (int keep = 1; keep < sizes.size(); keep++) {
            least = Math.min(least, cost(sizes, keep, complete));
        }
        // Links of one kind differ a little in size; that is no reason to fold only some of them.
        int keep = 1;
        while (keep < MAX_FILES - 1 && cost(sizes, keep, complete) > least * MUCH_THE_SAME) {
            keep++;
        }
        return keep;
    }

    /** Bytes to be written again for each file that drops out, at most. */
    private static double cost(List<Long> sizes, int keep, long complete) {
        long folded = 0;
        for (long size : sizes.subList(keep, sizes.size())) {
            folded += size;
        }
        return (double) Math.min(complete, folded) / (sizes.size() - keep);
    }

    /** Whether changes take so much that the complete memory, which needs no other file, is better. */
    static boolean worthless(long changes, long complete) {
        return changes >= complete / 4 * 3;
    }
}
