package dev.smolvm.snapshot;

import dev.smolvm.os.MappedPages;
import dev.smolvm.os.SparseFile;
import dev.smolvm.store.Store;
import dev.smolvm.vmm.SavedState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What of a snapshot's memory its guest touches until it answers: written down by the first restore, and read ahead by the VMM's
 * launcher in those that follow. From a disk that takes a quarter of the time that the faults take one by one. The file
 * may be missing or damaged: then nothing is read ahead.
 */
final class WorkingSet {
    /** What lies between two parts is read as quickly as it is skipped. */
    private static final long GAP = 64 << 10;
    /** The launcher reads 64 KiB of the file. */
    private static final int MAX_PARTS = 1_500;

    private final Store store;

    WorkingSet(Store store) {
        this.store = store;
    }

    private Path list(SavedState state) {
        return store.layout().workingSet(state.deviceState().getParent());
    }

    /** The state with what is to be read ahead of it. */
    SavedState readAhead(SavedState state) {
        Path list = list(state);
        return state.overlay().isEmpty() && Files.exists(list) ? state.withWorkingSet(list) : state;
    }

    /**
     * Writes down what a guest has touched, if that was not done before.
     *
     * @param pid the VMM's, which has mapped the state's memory
     */
    void record(SavedState state, long pid) {
        Path list = list(state);
        if (!state.overlay().isEmpty() || Files.exists(list)) {
            return;
        }
        try {
            List<SparseFile.Extent> touched = MappedPages.touched(pid, state.memory(), GAP);
            if (!touched.isEmpty()) {
                store.replaceFile(list, text(touched, Files.size(state.memory())));
            }
        } catch (IOException | RuntimeException e) {
            // Nothing depends on it, and the next restore tries again.
        }
    }

    static String text(List<SparseFile.Extent> touched, long size) {
        StringBuilder text =
                new StringBuilder("smolvm-working-set 1 ").append(size).append('\n');
        touched.stream().limit(MAX_PARTS).forEach(part -> text.append(part.offset())
                .append(' ')
                .append(part.length())
                .append('\n'));
        return text.append("sum %016x\n".formatted(sum(text))).toString();
    }

    /** FNV-1a, which takes no more than a multiplication in the launcher. */
    private static long sum(CharSequence text) {
        long sum = 0xcbf29ce484222325L;
        for (byte b : text.toString().getBytes(StandardCharsets.US_ASCII)) {
            sum = (sum ^ b) * 0x100000001b3L;
        }
        return sum;
    }
}
