package dev.smolvm.sandbox;

import dev.smolvm.disk.Qcow2Overlay;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.Store;
import dev.smolvm.vmm.DiskCopy;
import dev.smolvm.vmm.LayerFormat;
import dev.smolvm.vmm.Vm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The copies that a snapshot needs of disks that are no chain of layers: whole raw disks, and drives of the user's, whose files
 * go on being written and may be changed by anybody. The caller holds the sandbox's lock, and the store's (shared) from
 * {@link #add} until a manifest names the copy.
 */
public final class DiskCopies {
    private final Store store;
    private final SandboxName name;

    public DiskCopies(Store store, SandboxName name) {
        this.store = store;
        this.name = name;
    }

    /**
     * All copies to be made, in a directory of the capture's.
     *
     * @param format of the VMM's layers, and so of the copies
     */
    public List<DiskCopy> plan(SandboxRecord record, Vm vm, LayerFormat format, Path directory) {
        List<DiskCopy> copies = new ArrayList<>();
        for (DiskRecord disk : record.disks()) {
            if (disk instanceof DiskRecord.Whole whole) {
                copies.add(new DiskCopy(
                        whole.id(), whole.bytes(), store.layout().disk(name, whole.file()), raw(directory, whole)));
            } else if (disk instanceof DiskRecord.UserDrive drive && !drive.readOnly()) {
                copies.add(
                        switch (format) {
                            case QCOW2_CHAIN -> layerOf(drive, vm, directory);
                            case RAW -> rawOf(drive, directory);
                        });
            }
        }
        return copies;
    }

    private static DiskCopy layerOf(DiskRecord.UserDrive drive, Vm vm, Path directory) {
        // The file may have another size by now, but the guest's disk has not.
        long bytes = vm.layers().sizes().getOrDefault(drive.id(), 0L);
        if (bytes < DiskRecord.SECTOR || bytes % DiskRecord.SECTOR != 0 || bytes > Qcow2Overlay.MAX_VIRTUAL_BYTES) {
            throw new SmolVmException(
                    ErrorKind.UNSUPPORTED,
                    "drive " + drive.file() + " has " + bytes + " bytes and cannot be saved",
                    "create the sandbox without it");
        }
        Path to = directory.resolve(drive.id() + BlobKind.LAYER.extension());
        try {
            Qcow2Overlay.create(to, bytes, Qcow2Overlay.Sync.NO);
        } catch (IOException e) {
            throw SmolVmException.of("create " + to, e);
        }
        return new DiskCopy(drive.id(), bytes, drive.file(), to);
    }

    private static DiskCopy rawOf(DiskRecord.UserDrive drive, Path directory) {
        try {
            // What is not a whole sector the guest does not see.
            long bytes = Math.max(DiskRecord.SECTOR, Files.size(drive.file()) / DiskRecord.SECTOR * DiskRecord.SECTOR);
            return new DiskCopy(drive.id(), bytes, drive.file(), raw(directory, drive));
        } catch (IOException e) {
            throw SmolVmException.of("copy the drive " + drive.file(), e);
        }
    }

    private static Path raw(Path directory, DiskRecord disk) {
        return directory.resolve(disk.id() + BlobKind.DISK.extension());
    }

    /** Seals a finished copy and puts it with the other immutable files. */
    public Blob add(DiskCopy copy) throws IOException {
        BlobKind kind = copy.to().toString().endsWith(BlobKind.LAYER.extension()) ? BlobKind.LAYER : BlobKind.DISK;
        Blob blob = store.addBlob(copy.to(), kind);
        if (Files.exists(copy.to())) {
            throw new IllegalStateException(copy.to() + " is still there");
        }
        return blob;
    }
}
