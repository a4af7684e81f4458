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

    private MemoryFolding() {}

    /**
     * How many files of a chain to keep below a new one: all while there is room, else so many that each file that goes costs
     * the fewest bytes, which must be written again.
     *
     * @param sizes what each file of the chain takes, in bytes, the lowest first
     * @param complete what all of the memory takes, the most that any file can
     */
    static int keep(List<Long> sizes, long complete) {
        if (sizes.size() < MAX_FILES) {
            return sizes.size();
        }
        int best = 1;
        double bestCost = Double.MAX_VALUE;
        long folded = 0;
        for (int keep = sizes.size() - 1; keep >= 1; keep--) {
            folded += sizes.get(keep);
            double cost = (double) Math.min(complete, folded) / (sizes.size() - keep);
            // Where it costs the same the shorter chain is better: the next ones have room.
            if (keep < MAX_FILES && cost <= bestCost) {
                best = keep;
                bestCost = cost;
            }
        }
        return best;
    }

    /** Whether changes take so much that the complete memory, which needs no other file, is better. */
    static boolean worthless(long changes, long complete) {
        return changes >= complete / 4 * 3;
    }
}
