package dev.smolvm.snapshot;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.store.SnapshotId;
import java.util.List;
import java.util.Optional;

/**
 * What a verification found.
 *
 * @param intact these can be restored
 * @param damaged these cannot
 * @param removable those of the damaged ones that nothing intact needs, in an order in which they can be deleted
 * @param busy not verified, because another command publishes or removes them
 * @param files how many files were compared, each once
 * @param bytes their sizes, holes included
 */
public record VerifyReport(
        List<SnapshotId> intact,
        List<SnapshotId> damaged,
        List<SnapshotId> removable,
        List<SnapshotId> busy,
        List<DamagedFile> damagedFiles,
        int files,
        long bytes) {
    public VerifyReport {
        intact = List.copyOf(intact);
        damaged = List.copyOf(damaged);
        removable = List.copyOf(removable);
        busy = List.copyOf(busy);
        damagedFiles = List.copyOf(damagedFiles);
    }

    /** Integrity where something is damaged, conflict where something could not be looked at. */
    public Optional<ErrorKind> verdict() {
        if (!damaged.isEmpty()) {
            return Optional.of(ErrorKind.INTEGRITY);
        }
        return busy.isEmpty() ? Optional.empty() : Optional.of(ErrorKind.CONFLICT);
    }
}
