package dev.smolvm.archive;

import dev.smolvm.store.SnapshotId;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What to import.
 *
 * @param as the snapshot's id here; empty: the one it had where it was exported
 * @param sshKey the private key for a guest that is reached over SSH; archives hold none
 */
public record ImportRequest(Path file, Optional<SnapshotId> as, Optional<Path> sshKey) {}
