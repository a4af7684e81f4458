package dev.smolvm.snapshot;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;

/** Text of a user's that is shown on terminals: one line, and nothing in it that a terminal would act on. */
final class PlainText {
    private static final int SHOWN = 80;

    private PlainText() {}

    /** @throws SmolVmException usage: too long, or with characters that are not for reading */
    static void check(String what, String text, int maxLength) {
        if (text.codePointCount(0, text.length()) > maxLength) {
            throw new SmolVmException(
                    ErrorKind.USAGE, what + " is too long", "use at most " + maxLength + " characters");
        }
        if (text.codePoints().anyMatch(c -> !readable(c))) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    what + " has a line break or another character that cannot be read",
                    "use one line of plain text");
        }
    }

    private static boolean readable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    // Half of a character cannot even be written as UTF-8.
                    Character.SURROGATE -> false;
            // Some join letters or emoji; those that turn the direction of text make a line read as another.
            case Character.FORMAT -> !(c >= 0x202A && c <= 0x202E || c >= 0x2066 && c <= 0x2069);
            default -> true;
        };
    }

    /** Something that was refused, fit for the message that says so. */
    static String shown(String text) {
        StringBuilder shown = new StringBuilder();
        text.codePoints().limit(SHOWN).forEach(c -> shown.appendCodePoint(readable(c) ? c : '?'));
        return text.codePointCount(0, text.length()) > SHOWN ? shown + "…" : shown.toString();
    }
}
