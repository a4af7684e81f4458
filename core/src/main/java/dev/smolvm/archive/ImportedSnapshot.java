package dev.smolvm.archive;

import dev.smolvm.snapshot.SnapshotInfo;
import java.util.List;

/**
 * A snapshot that was imported.
 *
 * @param files how many disk layers and kernel files it needs
 * @param filesHere how many of them the store had already
 * @param notes what the user should know before restoring it
 */
public record ImportedSnapshot(SnapshotInfo snapshot, int files, int filesHere, List<String> notes) {
    public ImportedSnapshot {
        notes = List.copyOf(notes);
    }
}
