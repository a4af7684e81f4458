package dev.smolvm.disk;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks at a disk that a user brings, before any QEMU tool opens it: a header can name any file of the host, or ask for sizes
 * that exhaust it. Reads the header only; nothing is written.
 */
public final class DiskProbe {
    public static final long MAX_VIRTUAL_BYTES = 2L << 40;

    private static final int SECTOR = 512;
    private static final int HEAD = 4096;

    private DiskProbe() {}

    /** @throws SmolVmException not found; usage: not a regular file, or a disk that is refused; integrity: a damaged qcow2 */
    public static CheckedDisk check(Path file) {
        try {
            Path real = regular(file);
            try (FileChannel channel = FileChannel.open(real, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
                return check(real, channel);
            }
        } catch (IOException e) {
            throw SmolVmException.of("check the disk " + file, e);
        }
    }

    private static Path regular(Path file) throws IOException {
        Path real = file.toRealPath();
        if (!Files.isRegularFile(real, LinkOption.NOFOLLOW_LINKS)) {
            String shown = real.equals(file.toAbsolutePath()) ? file.toString() : file + " (that is " + real + ")";
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    "disk " + shown + " is not a regular file",
                    "give an image file; copy a device into one first: dd if=DEVICE of=disk.raw bs=1M conv=sparse");
        }
        return real;
    }

    private static CheckedDisk check(Path file, FileChannel channel) throws IOException {
        long size = channel.size();
        ByteBuffer head = read(channel, 0, (int) Math.min(size, HEAD));
        ByteBuffer tail = read(channel, Math.max(0, size - SECTOR), (int) Math.min(size, SECTOR));
        ForeignFormat.of(head, tail).ifPresent(foreign -> {
            throw refused(file, "its format (" + foreign.label() + ") is not supported", foreign.advice("" + file));
        });
        if (head.limit() >= Integer.BYTES && head.getInt(0) == Qcow2Format.MAGIC) {
            return qcow2(file, Qcow2Header.read(file, channel));
        }
        return raw(file, size);
    }

    private static CheckedDisk raw(Path file, long size) {
        checkSize(file, size);
        List<String> notes = size % SECTOR == 0
                ? List.of()
                : List.of("its size is not a multiple of " + SECTOR + " bytes; the end is filled with zeros");
        return new CheckedDisk(file, DiskFormat.RAW, Math.ceilDiv(size, (long) SECTOR) * SECTOR, notes);
    }

    private static CheckedDisk qcow2(Path file, Qcow2Header header) {
        if (header.namesBackingFile()) {
            throw refused(
                    file,
                    "it names a backing file, and names inside a disk are never followed",
                    "if you trust it, flatten it: qemu-img convert -f qcow2 -O qcow2 " + file + " flat.qcow2");
        }
        if (header.namesDataFile()) {
            throw refused(
                    file,
                    "it keeps its data in another file, and names inside a disk are never followed",
                    "if you trust it, flatten it: qemu-img convert -f qcow2 -O qcow2 " + file + " flat.qcow2");
        }
        if (header.encrypted()) {
            throw refused(file, "it is encrypted", "decrypt it into a new file with qemu-img convert");
        }
        if (header.corrupt()) {
            throw refused(
                    file, "QEMU marked it as corrupt", "repair a copy of it: qemu-img check -r all -f qcow2 " + file);
        }
        if (header.dirty()) {
            throw refused(
                    file,
                    "it was not closed in order, or it is in use",
                    "shut its machine down, or repair it: qemu-img check -r all -f qcow2 " + file);
        }
        if (header.virtualBytes() == 0) {
            throw refused(file, "it is empty", "give a disk with a system on it");
        }
        checkSize(file, header.virtualBytes());
        List<String> notes = new ArrayList<>();
        if (header.snapshots() > 0) {
            notes.add("its " + header.snapshots()
                    + " internal snapshots are left behind; only its current state is used");
        }
        return new CheckedDisk(
                file, DiskFormat.QCOW2, Math.ceilDiv(header.virtualBytes(), (long) SECTOR) * SECTOR, notes);
    }

    private static void checkSize(Path file, long virtualBytes) {
        if (virtualBytes > MAX_VIRTUAL_BYTES) {
            throw refused(
                    file,
                    "its size of " + virtualBytes + " bytes is over the limit of " + MAX_VIRTUAL_BYTES
                            + " bytes (2 TiB)",
                    "shrink it first: qemu-img resize --shrink (after shrinking what is on it)");
        }
    }

    private static ByteBuffer read(FileChannel channel, long offset, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes);
        while (buffer.hasRemaining() && channel.read(buffer, offset + buffer.position()) >= 0) {
            // Until it is full or the file ends.
        }
        return buffer.flip();
    }

    private static SmolVmException refused(Path file, String why, String advice) {
        return new SmolVmException(ErrorKind.USAGE, "disk " + file + " is refused: " + why, advice);
    }
}
