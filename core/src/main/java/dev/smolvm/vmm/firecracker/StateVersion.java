package dev.smolvm.vmm.firecracker;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The version of a state file's format. */
record StateVersion(int major, int minor) {
    private static final Pattern TEXT = Pattern.compile("v?([0-9]{1,6})\\.([0-9]{1,6})\\.[0-9]{1,6}");

    static StateVersion of(String text) {
        Matcher version = TEXT.matcher(text);
        if (!version.matches()) {
            throw new SmolVmException(
                    ErrorKind.INCOMPATIBLE,
                    "not a version of Firecracker's state files: " + text,
                    "use the smolvm that made it");
        }
        return new StateVersion(Integer.parseInt(version.group(1)), Integer.parseInt(version.group(2)));
    }

    /** Whether a Firecracker whose own format is {@code here} reads this one. */
    boolean loadsIn(StateVersion here) {
        return major == here.major && minor <= here.minor;
    }
}
