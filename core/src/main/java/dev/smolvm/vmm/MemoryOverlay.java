package dev.smolvm.vmm;

import java.nio.file.Path;
import java.util.List;

/**
 * The pages of a saved memory that lie elsewhere than in its one file.
 *
 * @param files plain files that hold such pages
 * @param runs in order, not overlapping
 */
public record MemoryOverlay(List<Path> files, List<Run> runs) {
    public static final MemoryOverlay NONE = new MemoryOverlay(List.of(), List.of());
    /** In place of a file: the pages are zero. */
    public static final int ZEROS = -1;

    /**
     * Pages that follow each other.
     *
     * @param file an index, or {@link #ZEROS}
     * @param offset where the first one lies in the file, in bytes: whole pages
     */
    public record Run(long firstPage, long pages, int file, long offset) {}

    public MemoryOverlay {
        files = List.copyOf(files);
        runs = List.copyOf(runs);
    }

    public boolean isEmpty() {
        return runs.isEmpty();
    }

    /** How many mappings all of the memory takes, at most. */
    public int mappings() {
        return 2 * runs.size() + 1;
    }
}
