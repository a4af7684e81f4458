package dev.smolvm.archive;

import dev.smolvm.Progress;

/** Tells the progress of a step in bytes. */
final class Counter {
    private final long total;
    private final Progress progress;
    private long done;

    Counter(String step, long total, Progress progress) {
        this.total = total;
        this.progress = progress;
        progress.step(step);
    }

    void add(int bytes) {
        done += bytes;
        progress.advance(done, total);
    }
}
