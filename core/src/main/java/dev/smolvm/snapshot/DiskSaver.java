package dev.smolvm.snapshot;

import dev.smolvm.sandbox.DiskCopies;
import dev.smolvm.sandbox.DiskRecord;
import dev.smolvm.sandbox.SandboxRecord;
import dev.smolvm.vmm.DiskCopy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Turns the disks of a sandbox that was captured into those of its snapshot. */
final class DiskSaver {
    private final DiskCopies copies;

    DiskSaver(DiskCopies copies) {
        this.copies = copies;
    }

    /**
     * In the machine's order.
     *
     * @param sealed the record, whose chains have all that was captured in sealed layers
     * @param made copies of the disks that are no chains
     */
    List<SavedDisk> save(SandboxRecord sealed, List<DiskCopy> made) throws IOException {
        List<SavedDisk> disks = new ArrayList<>();
        for (DiskRecord disk : sealed.disks()) {
            DiskOrigin origin = DiskOrigin.of(disk);
            if (disk instanceof DiskRecord.Chain chain) {
                disks.add(new SavedDisk(chain.id(), chain.bytes(), chain.sealed(), origin));
            } else if (origin instanceof DiskOrigin.Outside outside) {
                disks.add(new SavedDisk(disk.id(), wholeSectors(outside.size()), List.of(), outside));
            } else {
                DiskCopy copy = made.stream()
                        .filter(c -> c.id().equals(disk.id()))
                        .findFirst()
                        .orElseThrow();
                disks.add(new SavedDisk(copy.id(), copy.bytes(), List.of(copies.add(copy)), origin));
            }
        }
        return disks;
    }

    private static long wholeSectors(long bytes) {
        return Math.max(1, Math.ceilDiv(bytes, (long) DiskRecord.SECTOR)) * DiskRecord.SECTOR;
    }
}
