package dev.smolvm.cli.command.sandbox;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Environment variables for a command in the guest. What was typed may be a secret and is never repeated in a message. */
final class Variables {
    private Variables() {}

    /** @param typed each {@code NAME=VALUE}, or {@code NAME} for the value it has here, which keeps it out of the command line */
    static Map<String, String> of(List<String> typed, Map<String, String> here) {
        Map<String, String> variables = new LinkedHashMap<>();
        for (int i = 0; i < typed.size(); i++) {
            String variable = typed.get(i);
            int equals = variable.indexOf('=');
            String name = equals < 0 ? variable : variable.substring(0, equals);
            if (!isName(name)) {
                throw refused(
                        i, "is not NAME=VALUE", "a name has letters, digits and '_', and does not start with a digit");
            }
            String value = equals < 0 ? here.get(name) : variable.substring(equals + 1);
            if (value == null) {
                throw refused(i, "names a variable that is not set here", "set it, or give NAME=VALUE");
            }
            variables.put(name, value);
        }
        return variables;
    }

    private static boolean isName(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean letter = c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            if (!letter && (i == 0 || c < '0' || c > '9')) {
                return false;
            }
        }
        return !name.isEmpty();
    }

    private static SmolVmException refused(int index, String why, String advice) {
        return new SmolVmException(ErrorKind.USAGE, "--env number " + (index + 1) + " " + why, advice);
    }
}
