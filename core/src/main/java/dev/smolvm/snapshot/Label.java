package dev.smolvm.snapshot;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.util.regex.Pattern;

/** One of a snapshot's labels. */
public record Label(String key, String value) {
    private static final Pattern KEY = Pattern.compile("[a-z][a-z0-9._/-]{0,62}");
    private static final int MAX_VALUE = 256;
    /** What the keys of smolvm's own labels begin with: by those it knows what it made, and may remove. */
    private static final String OWN = "smolvm.";

    /** @throws SmolVmException (usage) for a key or a value that may not be */
    public Label {
        checkKey(key);
        if (value.isEmpty()) {
            throw usage("label " + key + " has no value", "give it one, as in " + key + "=yes");
        }
        PlainText.check("the value of label " + key, value, MAX_VALUE);
    }

    /** @throws SmolVmException (usage) for a key that may not be */
    public static String checkKey(String key) {
        if (!KEY.matcher(key).matches()) {
            throw usage(
                    "'" + PlainText.shown(key) + "' is not a label's key",
                    "use at most 63 lower-case letters, digits, '.', '_', '/' and '-', beginning with a letter");
        }
        return key;
    }

    /** @throws SmolVmException (usage) for a key that may not be, or not be a user's */
    public static String checkUsersKey(String key) {
        if (isOwn(checkKey(key))) {
            throw usage(
                    "label " + key + ": keys that begin with '" + OWN + "' belong to smolvm",
                    "take a key that begins with something else");
        }
        return key;
    }

    static boolean isOwn(String key) {
        return key.startsWith(OWN);
    }

    @Override
    public String toString() {
        return key + "=" + value;
    }

    private static SmolVmException usage(String message, String advice) {
        return new SmolVmException(ErrorKind.USAGE, message, advice);
    }
}
