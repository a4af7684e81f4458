package dev.smolvm.image;

import dev.smolvm.Progress;
import dev.smolvm.os.Command;
import dev.smolvm.store.DurableFiles;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/** Makes disks that are not root disks. */
public final class DiskBuilder {
    /** Room for the guest to change things, on top of the content. */
    private static final long FREE_BYTES = 256L << 20;

    private static final long BYTES_PER_FILE = 8192;

    private DiskBuilder() {}

    /** An ext4 file system with a copy of a directory's content, owned by root; sparse. */
    public static void fromDirectory(Path directory, Path qcow2, Progress progress) throws IOException {
        RootDisk.ofTree(directory, qcow2, 2 * contentBytes(directory) + FREE_BYTES & -(1L << 20), progress);
    }

    /** The content of a raw disk. */
    public static void fromRaw(Path raw, Path qcow2) throws IOException {
        RootDisk.toQcow2(raw, "raw", qcow2, Progress.NONE);
    }

    /**
     * A raw, sparse file with the content of a qcow2 file.
     *
     * @param qcow2 one of ours: the file beneath that its header may name would be read
     * @param raw does not exist
     */
    public static void toRaw(Path qcow2, Path raw) throws IOException {
        DurableFiles.createFile(raw);
        Command.of(
                        "qemu-img",
                        "convert",
                        "-f",
                        "qcow2",
                        "-O",
                        "raw",
                        qcow2.toAbsolutePath().toString(),
                        raw.toAbsolutePath().toString())
                .check();
        DurableFiles.makePrivate(raw);
    }

    private static long contentBytes(Path directory) throws IOException {
        long[] bytes = {0};
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                bytes[0] += attributes.size() + BYTES_PER_FILE;
                return FileVisitResult.CONTINUE;
            }
        });
        return bytes[0];
    }
}
