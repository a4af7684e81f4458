package dev.smolvm.archive;

import dev.smolvm.snapshot.SnapshotInfo;
import java.nio.file.Path;
import java.util.List;

/**
 * An archive that was written.
 *
 * @param bytes its size
 * @param contentBytes the data in it before it was compressed
 * @param notes what the user should know, such as that a diff was made complete
 */
public record ExportedArchive(SnapshotInfo snapshot, Path file, long bytes, long contentBytes, List<String> notes) {
    public ExportedArchive {
        notes = List.copyOf(notes);
    }
}
