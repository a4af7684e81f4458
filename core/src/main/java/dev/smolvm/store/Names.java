package dev.smolvm.store;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.util.regex.Pattern;

/** The one rule for names and ids that become file names: lower case, no separators, no leading dash or dot. */
final class Names {
    private static final Pattern ALLOWED = Pattern.compile("[a-z0-9][a-z0-9._-]*");
    private static final int SHOWN = 40;

    private Names() {}

    static String checked(String what, String value, int maxLength) {
        if (value == null
                || value.length() > maxLength
                || !ALLOWED.matcher(value).matches()
                || value.contains("..")) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    what + " " + printable(value) + " is not a valid name",
                    "use 1 to " + maxLength
                            + " lower-case letters, digits, '-', '_' and '.', starting with a letter or digit");
        }
        return value;
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
