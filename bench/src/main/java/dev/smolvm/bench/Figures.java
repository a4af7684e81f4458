package dev.smolvm.bench;

import java.util.List;

/** What benchmarks measure, in milliseconds, and how they print it. */
final class Figures {
    private Figures() {}

    /** @param start a {@link System#nanoTime} */
    static long millisSince(long start) {
        return (System.nanoTime() - start) / 1_000_000;
    }

    /** Least, median and most. */
    static void print(String what, List<Long> values) {
        List<Long> sorted = values.stream().sorted().toList();
        System.out.printf(
                "%-44s %8d %8d %8d%n", what, sorted.getFirst(), sorted.get(sorted.size() / 2), sorted.getLast());
    }
}
