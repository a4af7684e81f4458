package dev.smolvm.vmm.firecracker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Where a Firecracker process lives: its working directory, and what files it finds there. It is told names without a directory
 * only, because a saved state holds the names of disks and sockets and is loaded elsewhere.
 */
sealed interface Quarters permits OpenQuarters, Jail {
    /** Those of a process that works in a run directory. */
    static Quarters of(Path run) {
        return Files.isDirectory(Jail.base(run)) ? Jail.in(run) : new OpenQuarters(run);
    }

    /** Puts a file there under this name. */
    void give(String name, Path file, boolean writable) throws IOException;

    /** Makes the directory {@link RunFiles#CAPTURE} lead to one where the VMM may write. */
    void openCapture(Path directory) throws IOException;

    /** Files that were written there are in the directory that was given, and ours. */
    void closeCapture(Path directory, List<String> files) throws IOException;
}
