package dev.smolvm.guest.agent;

import java.time.Duration;

/** A point in time by which something must be over, however many steps it takes. */
record Deadline(long nanoTime, boolean isSet) {
    static final Deadline NONE = new Deadline(0, false);
    private static final long LONGEST = Long.MAX_VALUE / 4;

    static Deadline after(Duration duration) {
        long nanos = duration.getSeconds() >= LONGEST / 1_000_000_000L ? LONGEST : duration.toNanos();
        return new Deadline(System.nanoTime() + nanos, true);
    }

    long remainingNanos() {
        return isSet ? nanoTime - System.nanoTime() : Long.MAX_VALUE;
    }

    boolean passed() {
        return isSet && remainingNanos() <= 0;
    }
}
