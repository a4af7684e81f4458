package dev.smolvm.cli.output;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Values as people read them. */
public final class Printable {
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};
    private static final int STEP = 1024;

    /** Of what a date and time of day can say. */
    private static final Instant FIRST = LocalDateTime.MIN.toInstant(ZoneOffset.UTC);

    private static final Instant LAST = LocalDateTime.MAX.toInstant(ZoneOffset.UTC);

    private Printable() {}

    /** One decimal below ten, none above: {@code 1.5 GiB}, {@code 180 MiB}. */
    public static String size(long bytes) {
        int unit = 0;
        long divisor = 1;
        while (unit < UNITS.length - 1 && bytes / divisor >= STEP) {
            divisor *= STEP;
            unit++;
        }
        long tenths = bytes * 10 / divisor;
        if (unit == 0 || tenths >= 100) {
            return bytes / divisor + " " + UNITS[unit];
        }
        return tenths / 10 + "." + tenths % 10 + " " + UNITS[unit];
    }

    /** ISO 8601, UTC, to the second. As {@link Instant#toString} has it, which in a process that has just begun takes four times as long. */
    public static String time(Instant time) {
        if (time.isBefore(FIRST) || time.isAfter(LAST)) {
            return time.truncatedTo(ChronoUnit.SECONDS).toString();
        }
        LocalDateTime utc = LocalDateTime.ofEpochSecond(time.getEpochSecond(), 0, ZoneOffset.UTC);
        StringBuilder text = new StringBuilder(utc.toLocalDate().toString());
        twoDigits(text.append('T'), utc.getHour());
        twoDigits(text.append(':'), utc.getMinute());
        twoDigits(text.append(':'), utc.getSecond());
        return text.append('Z').toString();
    }

    private static void twoDigits(StringBuilder text, int value) {
        text.append((char) ('0' + value / 10)).append((char) ('0' + value % 10));
    }

    /** At most so many characters of it. */
    public static String shortened(String text, int length) {
        return text.codePointCount(0, text.length()) <= length
                ? text
                : text.substring(0, text.offsetByCodePoints(0, length - 1)) + "…";
    }

    public static String orDash(OptionalInt value) {
        return value.isPresent() ? Integer.toString(value.getAsInt()) : "-";
    }

    public static String orDash(OptionalLong value) {
        return value.isPresent() ? Long.toString(value.getAsLong()) : "-";
    }

    /**
     * A file's name, which a guest may have chosen, in one line: {@code \n} for a line break, {@code ?} for all else that does
     * not print.
     */
    public static String name(String name) {
        StringBuilder clean = new StringBuilder(name.length());
        name.codePoints().forEach(c -> {
            if (c == '\n') {
                clean.append("\\n");
            } else {
                clean.appendCodePoint(
                        Character.isISOControl(c)
                                        || Character.getType(c) == Character.FORMAT
                                        || Character.getType(c) == Character.LINE_SEPARATOR
                                        || Character.getType(c) == Character.SURROGATE
                                ? '?'
                                : c);
            }
        });
        return clean.toString();
    }

    /**
     * Text that may come from a guest or another program, made safe to show: control characters, with which a terminal could
     * be told to do things, become {@code ?}; line breaks and tabs stay.
     */
    public static String clean(String text) {
        StringBuilder clean = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c) && c != '\n' && c != '\t') {
                if (clean == null) {
                    clean = new StringBuilder(text);
                }
                clean.setCharAt(i, '?');
            }
        }
        return clean == null ? text : clean.toString();
    }
}
