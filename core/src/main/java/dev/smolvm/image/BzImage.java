package dev.smolvm.image;

import com.github.luben.zstd.ZstdInputStream;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.DurableFiles;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;

/**
 * The compressed x86 kernel (Linux's Documentation/arch/x86/boot.rst). The ELF kernel inside starts faster under QEMU and
 * Firecracker, because the guest does not have to decompress it.
 */
final class BzImage {
    private static final int MAX_FILE_BYTES = 256 << 20;
    private static final int MAX_ELF_BYTES = 512 << 20;

    private static final int SETUP_SECTORS = 0x1f1;
    private static final int HEADER_MAGIC = 0x202;
    private static final int PROTOCOL = 0x206;
    private static final int PAYLOAD_OFFSET = 0x248;
    private static final int PAYLOAD_LENGTH = 0x24c;
    private static final int PROTOCOL_WITH_PAYLOAD = 0x208;
    private static final int HDRS = 0x53726448;
    private static final int SECTOR = 512;
    private static final ByteBuffer ELF =
            ByteBuffer.wrap(new byte[] {0x7f, 'E', 'L', 'F'}).asReadOnlyBuffer();

    private final String name;
    private final ByteBuffer image;

    private BzImage(String name, byte[] image) {
        this.name = name;
        this.image = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Writes the ELF kernel inside {@code vmlinuz} to a new file. */
    static void extract(Path vmlinuz, Path vmlinux) throws IOException {
        if (Files.size(vmlinuz) > MAX_FILE_BYTES) {
            throw unsound(vmlinuz.toString(), "it is too large");
        }
        new BzImage(vmlinuz.toString(), Files.readAllBytes(vmlinuz)).write(vmlinux);
    }

    private void write(Path vmlinux) throws IOException {
        ByteBuffer payload = payload();
        // The build appends the decompressed size to what it compressed.
        long expected = Integer.toUnsignedLong(payload.getInt(payload.limit() - Integer.BYTES));
        if (expected > MAX_ELF_BYTES) {
            throw unsound(name, "it says it holds " + expected + " bytes");
        }
        DurableFiles.createFile(vmlinux);
        try (InputStream in = decompress(payload);
                OutputStream out = Files.newOutputStream(vmlinux)) {
            byte[] buffer = new byte[1 << 16];
            for (long at = 0; at < expected; ) {
                int n = read(in, buffer, (int) Math.min(buffer.length, expected - at));
                check(
                        at > 0 || ELF.equals(ByteBuffer.wrap(buffer, 0, Math.min(n, 4))),
                        "there is no ELF kernel inside");
                out.write(buffer, 0, n);
                at += n;
            }
        }
    }

    private int read(InputStream in, byte[] buffer, int length) {
        try {
            int n = in.readNBytes(buffer, 0, length);
            check(n == length, "the kernel inside is cut short");
            return n;
        } catch (IOException e) {
            throw new SmolVmException(
                    ErrorKind.INTEGRITY,
                    "the kernel inside " + name + " can't be unpacked: " + e.getMessage(),
                    "download its package again",
                    e);
        }
    }

    private ByteBuffer payload() {
        check(image.limit() >= PAYLOAD_LENGTH + Integer.BYTES, "it is too short");
        check(image.getInt(HEADER_MAGIC) == HDRS, "it has no setup header");
        check((image.getShort(PROTOCOL) & 0xffff) >= PROTOCOL_WITH_PAYLOAD, "its boot protocol is too old");
        int sectors = image.get(SETUP_SECTORS) & 0xff;
        long start = (sectors == 0 ? 4 : sectors) * (long) SECTOR
                + SECTOR
                + Integer.toUnsignedLong(image.getInt(PAYLOAD_OFFSET));
        long length = Integer.toUnsignedLong(image.getInt(PAYLOAD_LENGTH));
        check(
                length >= 16 && start <= image.limit() && length <= image.limit() - start,
                "its payload is outside the file");
        return image.slice((int) start, (int) length).order(ByteOrder.LITTLE_ENDIAN);
    }

    private InputStream decompress(ByteBuffer payload) throws IOException {
        InputStream bytes =
                new ByteArrayInputStream(payload.array(), payload.arrayOffset(), payload.limit() - Integer.BYTES);
        int magic = payload.getInt(0);
        if (magic == Lz4LegacyInputStream.MAGIC) {
            return new Lz4LegacyInputStream(bytes);
        }
        if ((magic & 0xffff) == 0x8b1f) {
            // Its own trailer is the size.
            return new GZIPInputStream(
                    new ByteArrayInputStream(payload.array(), payload.arrayOffset(), payload.limit()));
        }
        if (magic == 0xfd2fb528) {
            return new ZstdInputStream(bytes);
        }
        if ((magic & 0xffffff) == 0x685a42) {
            return new BZip2CompressorInputStream(bytes);
        }
        throw new SmolVmException(
                ErrorKind.UNSUPPORTED,
                "kernel " + name + " is compressed in a way that is not known (0x" + Integer.toHexString(magic) + ")",
                "use a kernel package that is compressed with LZ4, gzip, zstd or bzip2");
    }

    private void check(boolean sound, String complaint) {
        if (!sound) {
            throw unsound(name, complaint);
        }
    }

    private static SmolVmException unsound(String name, String complaint) {
        return new SmolVmException(
                ErrorKind.INTEGRITY, name + " is not a sound x86 kernel: " + complaint, "download its package again");
    }
}
