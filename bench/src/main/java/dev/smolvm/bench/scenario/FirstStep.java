package dev.smolvm.bench.scenario;

import dev.smolvm.Progress;

/** Does something when the first step that begins with some words begins. */
final class FirstStep implements Progress {
    private final String words;
    private final Runnable action;
    private boolean seen;

    FirstStep(String words, Runnable action) {
        this.words = words;
        this.action = action;
    }

    @Override
    public void step(String what) {
        if (!seen && what.startsWith(words)) {
            seen = true;
            action.run();
        }
    }

    @Override
    public void advance(long done, long total) {}
}
