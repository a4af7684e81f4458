package dev.smolvm.faults;

import java.time.LocalDate;
import java.util.Random;

/** How much of the faults a run injects: all of them, or what fits into the tests that run every day. */
public enum Form {
    SHORT,
    LONG;

    /** What this run is to be: {@code -Dsmolvm.test.faults=long} for all of them. */
    public static Form current() {
        return valueOf(System.getProperty("smolvm.test.faults", "short").toUpperCase(java.util.Locale.ROOT));
    }

    public static boolean isLong() {
        return current() == LONG;
    }

    /** A number of rounds, points or seconds. */
    public static int of(int inShort, int inLong) {
        return isLong() ? inLong : inShort;
    }

    /**
     * Where a sample begins: another point every day, so that a year of short runs sees them all, and the same on one day, so
     * that a failure comes again. {@code -Dsmolvm.test.faults.day=N} repeats the one of a day.
     */
    public static long day() {
        return Long.getLong("smolvm.test.faults.day", LocalDate.now().toEpochDay());
    }

    /** Random, but as {@link #day} says. */
    public static Random random() {
        return new Random(day());
    }
}
