package dev.smolvm.guest;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Variables that a guest's agent keeps on the guest's disk and gives to every command. The values may be secrets: no text that
 * is made from this holds one.
 */
public record GuestVariables(Map<String, String> values) {
    /** Of all pairs {@code NAME=VALUE} in UTF-8, each with one byte more; the agent has the same limit. */
    public static final int MAX_BYTES = 48 << 10;

    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    public static final GuestVariables NONE = new GuestVariables(Map.of());

    /** @throws SmolVmException usage: a name that no shell takes, a value with a NUL character, or too much of all */
    public GuestVariables {
        values = Map.copyOf(values);
        long bytes = 0;
        for (Map.Entry<String, String> variable : values.entrySet()) {
            if (!NAME.matcher(variable.getKey()).matches()) {
                throw refused(
                        "the name of a variable is not valid",
                        "a name has letters, digits and '_', and does not start with a digit");
            }
            if (variable.getValue().indexOf('\0') >= 0) {
                throw refused("variable " + variable.getKey() + " holds a NUL character", "leave it out of the value");
            }
            bytes += variable.getKey().length() + variable.getValue().getBytes(StandardCharsets.UTF_8).length + 2;
        }
        if (bytes > MAX_BYTES) {
            throw refused(
                    "the variables take more than " + (MAX_BYTES >> 10) + " KiB",
                    "put the data into a file and send it with: smolvm sandbox file upload");
        }
    }

    public GuestVariables with(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(values);
        more.put(name, value);
        return new GuestVariables(more);
    }

    public boolean isEmpty() {
        return values.isEmpty();
    }

    private static SmolVmException refused(String why, String advice) {
        return new SmolVmException(ErrorKind.USAGE, why, advice);
    }

    /** The names only. */
    @Override
    public String toString() {
        return values.keySet().toString();
    }
}
