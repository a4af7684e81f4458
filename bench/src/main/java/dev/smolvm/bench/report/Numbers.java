package dev.smolvm.bench.report;

import java.util.Locale;

/** How numbers are written in reports: three significant digits are more than the noise allows. */
final class Numbers {
    private Numbers() {}

    static String of(double value) {
        double size = Math.abs(value);
        int decimals = size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    /** Beside a tick of an axis: as many decimals as its step has. */
    static String tick(double value, double step) {
        int decimals = Math.max(0, (int) Math.ceil(-Math.log10(step) - 1e-9));
        boolean half = step * Math.pow(10, decimals) % 1 > 1e-9;
        return String.format(Locale.ROOT, "%." + (half ? decimals + 1 : decimals) + "f", value);
    }

    static String ratio(double value) {
        return of(value) + "×";
    }
}
