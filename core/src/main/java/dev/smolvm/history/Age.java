package dev.smolvm.history;

import java.time.Duration;

/** A time as users type it. */
final class Age {
    private Age() {}

    /** In the largest unit that it is a whole number of. */
    static String text(Duration age) {
        long seconds = age.toSeconds();
        if (seconds % 86_400 == 0) {
            return seconds / 86_400 + "d";
        }
        if (seconds % 3_600 == 0) {
            return seconds / 3_600 + "h";
        }
        return seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
    }
}
