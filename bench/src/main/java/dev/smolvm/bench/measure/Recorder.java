package dev.smolvm.bench.measure;

/** Takes the samples of one contender's round. */
@FunctionalInterface
public interface Recorder {
    /** For rounds that warm up. */
    Recorder NOTHING = (_, _) -> {};

    /** @param value in the figure's unit */
    void add(Figure figure, double value);

    /**
     * The time since then.
     *
     * @param start a {@link System#nanoTime}
     * @param figure in milliseconds or microseconds
     */
    default void since(long start, Figure figure) {
        double nanos = System.nanoTime() - start;
        add(figure, figure.unit() == Unit.MICROSECONDS ? nanos / 1e3 : nanos / 1e6);
    }

    /** How fast so many bytes were moved since then. */
    default void throughputSince(long start, long bytes, Figure figure) {
        add(figure, bytes / (double) (1 << 20) / ((System.nanoTime() - start) / 1e9));
    }
}
