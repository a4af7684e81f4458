package dev.smolvm.archive;

import dev.smolvm.store.Checksum;
import dev.smolvm.store.ChecksumBuilder;
import java.io.IOException;

/**
 * Passes files with holes on, a part at a time, in constant memory, and computes their checksums meanwhile: beside reading and
 * compressing, not after it.
 */
final class SparseTransfer implements AutoCloseable {
    private static final int CHUNK = ChecksumBuilder.CHUNK;

    private final PartSums sums = new PartSums();
    private final Listener listener;

    SparseTransfer(Listener listener) {
        this.listener = listener;
    }

    /** Told of bytes of data that were passed on. */
    @FunctionalInterface
    interface Listener {
        void passed(int bytes);
    }

    /** Asked for data in order. */
    @FunctionalInterface
    interface Source {
        /** @param offset in the file */
        void read(long offset, byte[] target, int at, int length) throws IOException;
    }

    /** Given data in order. */
    @FunctionalInterface
    interface Sink {
        Sink NONE = (offset, bytes, at, length) -> {};

        /** @param offset in the file */
        void write(long offset, byte[] bytes, int at, int length) throws IOException;
    }

    /** Passes a file's data on; returns the checksum of all of it, its holes being zeros. */
    Checksum pass(ExtentMap file, Source source, Sink sink) throws IOException {
        int region = 0;
        long start = 0;
        while (start < file.size()) {
            while (region < file.count() && file.end(region) <= start) {
                region++;
            }
            long data = region < file.count() ? file.offset(region) / CHUNK * CHUNK : file.size();
            if (data > start) {
                sums.hole(data - start);
                start = data;
            } else {
                long end = Math.min(start + CHUNK, file.size());
                chunk(start, end, file, region, source, sink);
                start = end;
            }
        }
        return sums.take();
    }

    private void chunk(long start, long end, ExtentMap file, int first, Source source, Sink sink) throws IOException {
        long done = start;
        for (int i = first; i < file.count() && file.offset(i) < end; i++) {
            long from = Math.max(file.offset(i), start);
            sums.zeros((int) (from - done));
            done = Math.min(file.end(i), end);
            data(from, done, source, sink);
        }
        sums.zeros((int) (end - done));
        sums.endChunk();
    }

    private void data(long from, long end, Source source, Sink sink) throws IOException {
        for (long offset = from; offset < end; offset += PartSums.PART) {
            int length = (int) Math.min(PartSums.PART, end - offset);
            byte[] part = sums.free();
            source.read(offset, part, 0, length);
            sink.write(offset, part, 0, length);
            listener.passed(length);
            sums.add(part, length);
        }
    }

    @Override
    public void close() {
        sums.close();
    }
}
