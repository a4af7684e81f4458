package dev.smolvm.bench.measure;

import java.util.List;

/**
 * What became of a figure's samples, in the figure's unit. Quartiles and median are interpolated between samples, so that an
 * even number of them has a median too.
 *
 * @param samples in the order in which they were taken
 */
public record Spread(
        List<Double> samples, double min, double lowerQuartile, double median, double upperQuartile, double max) {
    /** @throws IllegalArgumentException there is no sample, or one is not a finite number */
    public static Spread of(List<Double> samples) {
        if (samples.isEmpty() || !samples.stream().allMatch(Double::isFinite)) {
            throw new IllegalArgumentException("not samples: " + samples);
        }
        List<Double> sorted = samples.stream().sorted().toList();
        return new Spread(
                List.copyOf(samples),
                sorted.getFirst(),
                quantile(sorted, 0.25),
                quantile(sorted, 0.5),
                quantile(sorted, 0.75),
                sorted.getLast());
    }

    private static double quantile(List<Double> sorted, double share) {
        double place = share * (sorted.size() - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.size() - 1);
        return sorted.get(below) + (place - below) * (sorted.get(above) - sorted.get(below));
    }
}
