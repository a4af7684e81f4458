package dev.smolvm.archive;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.store.Checksum;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Reads an archive from front to back. At every place exactly one block may come: the one that {@link ArchiveWriter} writes for
 * the entry that the description lists next. So there is nothing to interpret, and nothing to be led astray by.
 */
final class ArchiveReader implements AutoCloseable {
    private static final byte[] ZSTD_MAGIC = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd};
    /** What a compressed file may make us keep of what it holds, as a power of two; ours need 21. */
    private static final int MAX_WINDOW = 23;

    private static final int BUFFER = 1 << 16;

    private final Path file;
    private final KnownEnd source;
    private final InputStream in;

    private ArchiveReader(Path file, KnownEnd source, InputStream in) {
        this.file = file;
        this.source = source;
        this.in = in;
    }

    /** @throws dev.smolvm.error.SmolVmException usage: it is not compressed as our archives are */
    static ArchiveReader open(Path file) throws IOException {
        ZstdLibrary.load();
        InputStream raw = Files.newInputStream(file);
        try {
            BufferedInputStream compressed = new BufferedInputStream(raw, BUFFER);
            compressed.mark(Integer.BYTES);
            byte[] magic = compressed.readNBytes(ZSTD_MAGIC.length);
            compressed.reset();
            if (!Arrays.equals(magic, Arrays.copyOf(ZSTD_MAGIC, magic.length))) {
                throw ArchiveFailures.notOne(file, "it is not compressed with zstd");
            }
            KnownEnd source = new KnownEnd(compressed);
            return new ArchiveReader(
                    file,
                    source,
                    new BufferedInputStream(new ZstdInputStreamNoFinalizer(source).setLongMax(MAX_WINDOW), BUFFER));
        } catch (IOException | RuntimeException e) {
            raw.close();
            throw e;
        }
    }

    /** Knows whether more was wanted of it than there is. */
    private static final class KnownEnd extends FilterInputStream {
        private boolean reached;

        KnownEnd(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int read = super.read();
            reached |= read < 0;
            return read;
        }

        @Override
        public int read(byte[] target, int at, int length) throws IOException {
            int read = super.read(target, at, length);
            reached |= read < 0;
            return read;
        }
    }

    /** To be read first. */
    ArchiveDescription description() throws IOException {
        return sound(ArchiveDescription.NAME, () -> {
            byte[] header = blocks(TarBlocks.BLOCK);
            long size = TarBlocks.size(header);
            if (size < 0 || !Arrays.equals(header, TarBlocks.header(ArchiveDescription.NAME, size, TarBlocks.FILE))) {
                throw ArchiveFailures.notOne(
                        file, "it begins with " + TarBlocks.describe(header) + ", not with " + ArchiveDescription.NAME);
            }
            if (size > ArchiveDescription.MAX_BYTES) {
                throw new JsonFormatException("it has " + size + " bytes");
            }
            byte[] bytes = blocks((int) size);
            padding(size);
            return parse(bytes);
        });
    }

    private ArchiveDescription parse(byte[] bytes) {
        try {
            return ArchiveDescription.parse(bytes);
        } catch (SmolVmException e) {
            throw new SmolVmException(e.kind(), "the archive " + file + ": " + e.getMessage(), e.advice(), e);
        }
    }

    /** Reads the next entry; what it holds is to be believed only if the checksum that is returned is the entry's. */
    Checksum read(ArchiveEntry entry, SparseTransfer.Sink sink, SparseTransfer transfer) throws IOException {
        return sound(entry.name(), () -> {
            byte[] expected = TarBlocks.extended(entry.name(), entry.size());
            expect(entry, Arrays.copyOf(expected, TarBlocks.BLOCK), blocks(TarBlocks.BLOCK));
            if (!Arrays.equals(
                    blocks(expected.length - TarBlocks.BLOCK),
                    Arrays.copyOfRange(expected, TarBlocks.BLOCK, expected.length))) {
                throw new JsonFormatException("its extended header does not fit");
            }
            byte[] header = blocks(TarBlocks.BLOCK);
            long map = TarBlocks.size(header) - entry.stored();
            expect(
                    entry,
                    TarBlocks.header(
                            TarBlocks.sparseName(entry.name()), Math.max(0, map) + entry.stored(), TarBlocks.FILE),
                    header);
            if (map % TarBlocks.BLOCK != 0) {
                throw new JsonFormatException("the map of its holes does not fit");
            }
            ExtentMap extents = ExtentMap.read(in, map, entry.size(), entry.stored());
            Checksum checksum = transfer.pass(extents, (_, target, at, length) -> readFully(target, at, length), sink);
            padding(entry.stored());
            return checksum;
        });
    }

    private static void expect(ArchiveEntry entry, byte[] expected, byte[] found) {
        if (!Arrays.equals(expected, found)) {
            throw new JsonFormatException("where " + entry.name() + " belongs is " + TarBlocks.describe(found));
        }
    }

    /** Nothing may come behind the last entry. */
    void end() throws IOException {
        sound("its end", () -> {
            byte[] end = blocks(TarBlocks.END);
            if (!Arrays.equals(end, new byte[TarBlocks.END])) {
                throw new JsonFormatException("where it should end is " + TarBlocks.describe(end));
            }
            if (in.read() >= 0) {
                throw new JsonFormatException("something follows");
            }
            return null;
        });
    }

    private byte[] blocks(int bytes) throws IOException {
        byte[] read = new byte[bytes];
        readFully(read, 0, bytes);
        return read;
    }

    private void readFully(byte[] target, int at, int length) throws IOException {
        if (in.readNBytes(target, at, length) < length) {
            throw new EOFException();
        }
    }

    private void padding(long bytes) throws IOException {
        for (byte b : blocks((int) (TarBlocks.padded(bytes) - bytes))) {
            if (b != 0) {
                throw new JsonFormatException("something lies between two entries");
            }
        }
    }

    private interface Part<T> {
        T read() throws IOException;
    }

    private <T> T sound(String what, Part<T> part) throws IOException {
        try {
            return part.read();
        } catch (JsonFormatException e) {
            throw ArchiveFailures.damaged(file, what + ": " + e.getMessage(), e);
        } catch (EOFException e) {
            throw cutOff(what, e);
        } catch (ZstdIOException e) {
            throw source.reached
                    ? cutOff(what, e)
                    : ArchiveFailures.damaged(file, what + ": it cannot be decompressed: " + e.getMessage(), e);
        }
    }

    private SmolVmException cutOff(String what, IOException cause) {
        return ArchiveFailures.damaged(file, what + ": it is cut off", cause);
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
