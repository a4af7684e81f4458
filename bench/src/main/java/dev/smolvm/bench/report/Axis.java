package dev.smolvm.bench.report;

import java.util.ArrayList;
import java.util.List;

/** An axis from zero to a round number, with a tick at every multiple of a step of 1, 2, 2.5 or 5 times a power of ten. */
record Axis(double end, double step) {
    private static final int MOST_TICKS = 6;
    private static final double[] STEPS = {1, 2, 2.5, 5, 10};

    /** One on which a value has a place. */
    static Axis upTo(double value) {
        if (value <= 0) {
            return new Axis(1, 1);
        }
        double power = Math.pow(10, Math.floor(Math.log10(value / MOST_TICKS)));
        for (double factor : STEPS) {
            double step = factor * power;
            if (value / step <= MOST_TICKS) {
                return new Axis(Math.ceil(value / step - 1e-9) * step, step);
            }
        }
        throw new IllegalArgumentException("no axis up to " + value);
    }

    List<Double> ticks() {
        List<Double> ticks = new ArrayList<>();
        for (int i = 0; i * step <= end * (1 + 1e-9); i++) {
            ticks.add(i * step);
        }
        return ticks;
    }

    /** From 0 to 1. */
    double place(double value) {
        return value / end;
    }
}
