package dev.smolvm.archive;

import dev.smolvm.disk.Qcow2Header;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.sandbox.DiskRecord;
import dev.smolvm.snapshot.SavedDisk;
import dev.smolvm.snapshot.SnapshotManifest;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobKind;
import java.nio.file.Path;

/** What a disk's file from elsewhere may be. It is asked before any tool opens it, with our own parser. */
final class LayerRules {
    private LayerRules() {}

    /**
     * @throws JsonFormatException it could lead to another file, or is not as large as its disk
     * @throws dev.smolvm.error.SmolVmException integrity: it is not a sound qcow2 file
     */
    static void check(SnapshotManifest manifest, Blob blob, Path file) {
        for (SavedDisk disk : manifest.disks()) {
            if (disk.layers().contains(blob)) {
                if (blob.kind() == BlobKind.LAYER) {
                    checkLayer(disk, Qcow2Header.read(file));
                } else {
                    // Raw stays raw, whatever a guest wrote to its first bytes: nothing looks at them.
                    require(Math.abs(blob.size() - disk.bytes()) < DiskRecord.SECTOR, "is not as large as its disk");
                }
            }
        }
    }

    private static void checkLayer(SavedDisk disk, Qcow2Header header) {
        require(!header.namesBackingFile(), "names a backing file");
        require(!header.namesDataFile(), "names a data file");
        require(!header.encrypted(), "is encrypted");
        require(!header.corrupt(), "is marked as corrupt");
        require(header.snapshots() == 0, "has snapshots of its own");
        require(header.virtualBytes() > 0 && header.virtualBytes() <= disk.bytes(), "is larger than its disk");
    }

    private static void require(boolean good, String otherwise) {
        if (!good) {
            throw new JsonFormatException("a disk layer " + otherwise);
        }
    }
}
