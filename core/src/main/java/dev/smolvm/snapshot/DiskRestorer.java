package dev.smolvm.snapshot;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.sandbox.DiskChains;
import dev.smolvm.sandbox.DiskRecord;
import dev.smolvm.sandbox.WholeDisks;
import dev.smolvm.store.PendingSyncs;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Turns a snapshot's disks into those of a sandbox: each a new, empty layer above what was saved, or a copy of it. */
final class DiskRestorer {
    private final DiskChains chains;
    private final WholeDisks whole;

    private final PendingSyncs syncs;

    /** @param syncs to be awaited before a record names the disks */
    DiskRestorer(Store store, SandboxName name, PendingSyncs syncs) {
        this.syncs = syncs;
        this.chains = new DiskChains(store, name);
        this.whole = new WholeDisks(store, name);
    }

    /** @param rootBytes another size for the disk that the guest's system lies on, at least its own */
    List<DiskRecord> restore(SnapshotManifest manifest, OptionalLong rootBytes, Progress progress) {
        List<DiskRecord> disks = new ArrayList<>();
        for (SavedDisk disk : manifest.disks()) {
            long bytes = disks.isEmpty() ? rootBytes.orElse(disk.bytes()) : disk.bytes();
            disks.add(restore(disk, bytes, progress));
        }
        if (manifest.disks().stream().anyMatch(d -> d.whole().isPresent())) {
            chains.makeDurable();
        }
        return disks;
    }

    private DiskRecord restore(SavedDisk disk, long bytes, Progress progress) {
        if (disk.outside().isPresent()) {
            DiskOrigin.Outside outside = disk.outside().get();
            return new DiskRecord.UserDrive(disk.id(), outside.file(), outside.qcow2(), true);
        }
        DiskOrigin origin = disk.origin();
        if (disk.whole().isPresent()) {
            progress.step("copy the disk");
            return new DiskRecord.Whole(
                    disk.id(),
                    bytes,
                    whole.copyOf(disk.whole().get(), bytes, progress),
                    origin.mountedAt(),
                    origin.hostDirectory());
        }
        return new DiskRecord.Chain(
                disk.id(),
                bytes,
                disk.layers(),
                List.of(chains.newOverlay(bytes, syncs)),
                origin.mountedAt(),
                origin.hostDirectory());
    }

    /** What becomes of the user's files is not to be guessed. */
    static void tell(SnapshotManifest manifest, SandboxName name, Progress progress) {
        for (SavedDisk disk : manifest.disks()) {
            if (disk.origin() instanceof DiskOrigin.Drive(var file)) {
                progress.note(disk.id() + " is now a disk of sandbox " + name + "'s own; " + file
                        + " keeps what was last written to it");
            }
        }
    }

    /** @throws SmolVmException not found, incompatible: a file outside the store is gone, or not as it was */
    static void check(SnapshotId id, SavedDisk disk) {
        if (disk.outside().isEmpty()) {
            return;
        }
        DiskOrigin.Outside saved = disk.outside().get();
        Optional<DiskOrigin.Outside> now = saved.now();
        if (now.isEmpty()) {
            throw new SmolVmException(
                    ErrorKind.NOT_FOUND,
                    "snapshot " + id + " needs the read-only drive " + saved.file()
                            + ", which is not part of it and not there any more",
                    "put the file back, as it was");
        }
        if (!now.get().equals(saved)) {
            throw new SmolVmException(
                    ErrorKind.INCOMPATIBLE,
                    "snapshot " + id + " needs the read-only drive " + saved.file() + " as it was: " + text(saved)
                            + " there, " + text(now.get()) + " here",
                    "put the file back, as it was");
        }
    }

    private static String text(DiskOrigin.Outside outside) {
        return outside.size() + " bytes of " + outside.modified();
    }
}
