package dev.smolvm.inspect;

import dev.smolvm.guest.transfer.TreeWriter;
import java.io.IOException;
import java.nio.file.Path;

/** Where a copy goes to. */
final class LocalTarget {
    private LocalTarget() {}

    /** What is wrong with it is better said before a machine boots. */
    static void check(Path local, String path) throws IOException {
        try (TreeWriter unused = TreeWriter.to(local, path)) {
            // Nothing is written.
        }
    }
}
