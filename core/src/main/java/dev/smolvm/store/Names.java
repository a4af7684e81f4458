package dev.smolvm.store;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;

/**
 * The one rule for names and ids that become file names: lower case, no separators, no leading dash or dot. Looked at letter by
 * letter: thousands are when snapshots are listed, by a process that has just begun.
 */
final class Names {
    private static final int SHOWN = 40;

    private Names() {}

    static String checked(String what, String value, int maxLength) {
        if (value == null || value.length() > maxLength || !isAllowed(value) || value.contains("..")) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    what + " " + printable(value) + " is not a valid name",
                    "use 1 to " + maxLength
                            + " lower-case letters, digits, '-', '_' and '.', starting with a letter or digit");
        }
        return value;
    }

    /** {@code [a-z0-9][a-z0-9._-]*} */
    private static boolean isAllowed(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            boolean letter = c >= 'a' && c <= 'z' || c >= '0' && c <= '9';
            if (!letter && (i == 0 || c != '.' && c != '_' && c != '-')) {
                return false;
            }
        }
        return !value.isEmpty();
    }

    /** Whether exactly so many lower-case hex digits follow. */
    static boolean isHex(String value, int from, int digits) {
        if (value.length() != from + digits) {
            return false;
        }
        for (int i = from; i < value.length(); i++) {
            char c = value.charAt(i);
            if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
                return false;
            }
        }
        return true;
    }

    /** Quotes what a user typed so that control characters and endless names cannot spoil a message. */
    static String printable(String value) {
        if (value == null) {
            return "''";
        }
        StringBuilder shown = new StringBuilder("'");
        value.codePoints().limit(SHOWN).forEach(c -> shown.appendCodePoint(Character.isISOControl(c) ? '?' : c));
        return shown.append(value.codePointCount(0, value.length()) > SHOWN ? "…'" : "'")
                .toString();
    }
}
