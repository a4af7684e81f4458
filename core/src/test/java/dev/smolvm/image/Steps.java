package dev.smolvm.image;

import dev.smolvm.Progress;

/** Remembers each step and how long it took. */
final class Steps implements Progress {
    private final StringBuilder said = new StringBuilder();
    private long last = System.nanoTime();

    @Override
    public void step(String what) {
        mark();
        said.append(what);
    }

    @Override
    public void advance(long done, long total) {}

    private void mark() {
        long now = System.nanoTime();
        said.append(" [").append((now - last) / 1_000_000).append(" ms]\n");
        last = now;
    }

    @Override
    public String toString() {
        mark();
        return said.toString();
    }
}
