package dev.smolvm.cli.command.snapshot;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;

/** A path in a snapshot, as {@code SNAPSHOT:PATH}. */
record SnapshotSource(String snapshot, String path) {
    private static final String PREFIX = "snapshot:";

    /** Also with {@code snapshot:} before it, as a diff shows it. */
    static SnapshotSource parse(String typed) {
        if (typed.startsWith(PREFIX) && !typed.startsWith("/", PREFIX.length())) {
            return parse(typed.substring(PREFIX.length()));
        }
        int colon = typed.indexOf(':');
        if (colon < 1 || !typed.startsWith("/", colon + 1)) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    "'" + typed + "' is not SNAPSHOT:PATH",
                    "the path starts with /, as in clean:/etc/app.conf");
        }
        return new SnapshotSource(typed.substring(0, colon), typed.substring(colon + 1));
    }
}
