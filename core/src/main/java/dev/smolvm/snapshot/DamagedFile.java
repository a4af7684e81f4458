package dev.smolvm.snapshot;

import dev.smolvm.store.SnapshotId;
import java.nio.file.Path;
import java.util.List;

/**
 * A file that is not what a manifest says.
 *
 * @param what its part in a snapshot, such as {@code disk layer}
 * @param problem such as {@code does not match its checksum}
 * @param snapshots those that are damaged because of it
 */
public record DamagedFile(Path file, String what, String problem, List<SnapshotId> snapshots) {
    public DamagedFile {
        snapshots = List.copyOf(snapshots);
    }
}
