package dev.smolvm.image;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.compress.compressors.lz4.BlockLZ4CompressorInputStream;

/**
 * The LZ4 "legacy" frame that kernels use: a magic, then blocks of at most 8 MiB, each with its compressed size before it and
 * independent of the others.
 */
final class Lz4LegacyInputStream extends InputStream {
    static final int MAGIC = 0x184c2102;

    private static final int BLOCK = 8 << 20;
    private static final int MAX_COMPRESSED = BLOCK + BLOCK / 255 + 16;

    private final InputStream source;
    private InputStream block = InputStream.nullInputStream();

    Lz4LegacyInputStream(InputStream source) throws IOException {
        this.source = source;
        if (littleEndian(source.readNBytes(Integer.BYTES)) != MAGIC) {
            throw new IOException("not an LZ4 legacy frame");
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (true) {
            int n = block.read(target, offset, length);
            if (n > 0) {
                return n;
            }
            if (!next()) {
                return -1;
            }
        }
    }

    private boolean next() throws IOException {
        byte[] size = source.readNBytes(Integer.BYTES);
        if (size.length < Integer.BYTES) {
            return false;
        }
        int compressed = littleEndian(size);
        if (compressed <= 0 || compressed > MAX_COMPRESSED) {
            throw new IOException("an LZ4 block of " + Integer.toUnsignedString(compressed) + " bytes");
        }
        byte[] bytes = source.readNBytes(compressed);
        if (bytes.length < compressed) {
            throw new EOFException("an LZ4 block is cut short");
        }
        block = new BlockLZ4CompressorInputStream(new ByteArrayInputStream(bytes));
        return true;
    }

    @Override
    public void close() throws IOException {
        source.close();
    }

    private static int littleEndian(byte[] four) throws IOException {
        if (four.length < Integer.BYTES) {
            throw new EOFException("an LZ4 frame is cut short");
        }
        return (four[0] & 0xff) | (four[1] & 0xff) << 8 | (four[2] & 0xff) << 16 | (four[3] & 0xff) << 24;
    }
}
