package dev.smolvm.bench.measure;

/**
 * How often a scenario is done.
 *
 * @param warmUp rounds whose samples are thrown away
 * @param measured rounds after those
 */
public record Rounds(int warmUp, int measured) {
    public Rounds {
        if (warmUp < 0 || measured < 1) {
            throw new IllegalArgumentException(warmUp + " and " + measured + " rounds");
        }
    }
}
