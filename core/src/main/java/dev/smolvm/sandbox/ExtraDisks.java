package dev.smolvm.sandbox;

import dev.smolvm.Progress;
import dev.smolvm.disk.CheckedDisk;
import dev.smolvm.disk.DiskFormat;
import dev.smolvm.disk.DiskProbe;
import dev.smolvm.disk.Qcow2Header;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.image.DiskBuilder;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.Staging;
import dev.smolvm.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Makes and checks a sandbox's disks beside its root disk. */
final class ExtraDisks {
    private static final Path FIRMWARE_VARIABLES = Path.of("/usr/share/OVMF/OVMF_VARS_4M.fd");

    private final Store store;

    ExtraDisks(Store store) {
        this.store = store;
    }

    /** A user's own file; checked before any tool opens it. */
    DiskRecord.UserDrive drive(String id, DriveRequest request) throws IOException {
        CheckedDisk disk = DiskProbe.check(request.file());
        if (!request.readOnly() && !Files.isWritable(disk.file())) {
            throw new SmolVmException(
                    ErrorKind.USAGE, request.file() + " is not writable", "give --drive " + request.file() + ":ro");
        }
        return new DiskRecord.UserDrive(
                id, disk.file().toRealPath(), disk.format() == DiskFormat.QCOW2, request.readOnly());
    }

    /** A disk with a copy of a host directory's content. */
    Blob fromDirectory(MountRequest mount, Progress progress) throws IOException {
        Path directory = mount.hostDirectory();
        if (!Files.isDirectory(directory)) {
            throw new SmolVmException(
                    ErrorKind.USAGE, directory + " is not a directory", "give --mount HOST_DIR:GUEST_DIR");
        }
        if (!mount.guestDirectory().startsWith("/")) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    "the mount point " + mount.guestDirectory() + " is not absolute",
                    "give --mount " + directory + ":/PATH/IN/GUEST");
        }
        try (Staging staging = store.stage()) {
            Path file = staging.file("mount.qcow2");
            DiskBuilder.fromDirectory(directory.toRealPath(), file, progress);
            return store.addBlob(file, BlobKind.LAYER);
        }
    }

    /** An empty variable store for UEFI. */
    Blob firmwareVariables() throws IOException {
        if (!Files.exists(FIRMWARE_VARIABLES)) {
            throw new SmolVmException(
                    ErrorKind.NOT_FOUND, "the UEFI firmware is not installed", "sudo apt-get install ovmf");
        }
        try (Staging staging = store.stage()) {
            Path file = staging.file("firmware.qcow2");
            DiskBuilder.fromRaw(FIRMWARE_VARIABLES, file);
            return store.addBlob(file, BlobKind.LAYER);
        }
    }

    long virtualBytes(Blob layer) {
        return Qcow2Header.read(store.layout().blob(layer)).virtualBytes();
    }
}
