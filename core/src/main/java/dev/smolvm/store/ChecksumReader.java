package dev.smolvm.store;

import dev.smolvm.os.SparseFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;

/** Computes {@link Checksum}s: chunks in parallel, holes without reading. */
final class ChecksumReader {
    private static final int CHUNK = ChecksumBuilder.CHUNK;
    /** What is read at once: whole chunks would fill the heap of a small process before it collects them. */
    private static final int PART = 256 << 10;
    /** Below this size asking for holes costs more than reading. */
    private static final long SMALL = 8L << 20;

    private final Path file;
    private final LongConsumer progress;

    ChecksumReader(Path file, LongConsumer progress) {
        this.file = file;
        this.progress = progress;
    }

    Checksum checksum() throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            long size = channel.size();
            boolean[] data = chunksWithData(size);
            ChecksumBuilder all = new ChecksumBuilder();
            LongStream.range(0, data.length)
                    .parallel()
                    .mapToObj(i -> chunk(channel, i * CHUNK, size, data[(int) i]))
                    .toList()
                    .forEach(all::add);
            return all.build();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private byte[] chunk(FileChannel channel, long offset, long size, boolean data) {
        byte[] digest = data ? digest(channel, offset, size) : ChecksumBuilder.zeros(CHUNK);
        progress.accept(Math.min(CHUNK, size - offset));
        return digest;
    }

    private boolean[] chunksWithData(long size) throws IOException {
        int count = Math.toIntExact((size + CHUNK - 1) / CHUNK);
        boolean[] data = new boolean[count];
        if (size < SMALL) {
            java.util.Arrays.fill(data, true);
            return data;
        }
        for (SparseFile.Extent extent : SparseFile.extents(file)) {
            for (long i = extent.offset() / CHUNK; i * CHUNK < extent.end(); i++) {
                data[(int) i] = true;
            }
        }
        if (count > 0 && size % CHUNK != 0) {
            data[count - 1] = true;
        }
        return data;
    }

    private static byte[] digest(FileChannel channel, long offset, long size) {
        try {
            MessageDigest digest = ChecksumBuilder.sha256();
            ByteBuffer part = ByteBuffer.allocate((int) Math.min(PART, size - offset));
            long end = Math.min(offset + CHUNK, size);
            for (long at = offset; at < end; at += part.limit()) {
                part.clear().limit((int) Math.min(part.capacity(), end - at));
                while (part.hasRemaining()) {
                    if (channel.read(part, at + part.position()) < 0) {
                        throw new IOException("file shrank while it was read");
                    }
                }
                digest.update(part.array(), 0, part.limit());
            }
            return digest.digest();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
