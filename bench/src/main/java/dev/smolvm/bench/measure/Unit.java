package dev.smolvm.bench.measure;

/** What a figure is counted in. */
public enum Unit {
    MILLISECONDS("ms", Better.LESS),
    MICROSECONDS("µs", Better.LESS),
    MIB("MiB", Better.LESS),
    MIB_PER_SECOND("MiB/s", Better.MORE);

    /** Which direction is the good one. */
    public enum Better {
        LESS,
        MORE
    }

    private final String symbol;
    private final Better better;

    Unit(String symbol, Better better) {
        this.symbol = symbol;
        this.better = better;
    }

    /** As it is written behind a number, and in JSON. */
    public String symbol() {
        return symbol;
    }

    public Better better() {
        return better;
    }
}
