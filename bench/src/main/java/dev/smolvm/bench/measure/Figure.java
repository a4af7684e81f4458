package dev.smolvm.bench.measure;

/**
 * Something that is measured. Two contenders of a scenario that measure the same figure are compared by it, so the name says
 * what is measured and never who measures: {@code restore, to running}.
 */
public record Figure(String name, Unit unit) {
    public static Figure millis(String name) {
        return new Figure(name, Unit.MILLISECONDS);
    }

    public static Figure micros(String name) {
        return new Figure(name, Unit.MICROSECONDS);
    }

    public static Figure mib(String name) {
        return new Figure(name, Unit.MIB);
    }

    public static Figure throughput(String name) {
        return new Figure(name, Unit.MIB_PER_SECOND);
    }
}
