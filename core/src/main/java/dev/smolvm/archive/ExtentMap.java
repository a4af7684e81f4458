package dev.smolvm.archive;

import dev.smolvm.json.JsonFormatException;
import dev.smolvm.os.SparseFile;
import dev.smolvm.snapshot.MemoryImage;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Where a file has data; the rest are holes. In an archive it is the map of GNU tar's sparse format 1.0: decimal numbers, each
 * followed by a line feed (how many regions; then offset and length of each), filled up with zero bytes to a whole block. A
 * file that ends with a hole has an empty region at its end.
 */
final class ExtentMap {
    /** Keeps the map small; a file with more has its smallest holes stored as zeros. */
    static final int MAX_REGIONS = 1 << 18;

    private static final int PAGE = 4096;
    private static final int MAX_DIGITS = 15;

    private final long size;
    private final int count;
    private final long[] offsets;
    private final long[] lengths;

    private ExtentMap(long size, int count, long[] offsets, long[] lengths) {
        this.size = size;
        this.count = count;
        this.offsets = offsets;
        this.lengths = lengths;
    }

    static ExtentMap ofFile(Path file) throws IOException {
        Builder regions = new Builder();
        for (SparseFile.Extent extent : SparseFile.extents(file)) {
            regions.add(extent.offset(), extent.length());
        }
        return regions.build(Files.size(file));
    }

    /** Of a file that is the memory, page 0 first. */
    static ExtentMap ofMemory(MemoryImage memory) {
        Builder regions = new Builder();
        for (long page = 0; page < memory.pages(); ) {
            int together = memory.together(page, Integer.MAX_VALUE);
            if (!memory.isZero(page)) {
                regions.add(page * PAGE, (long) together * PAGE);
            }
            page += together;
        }
        return regions.build(memory.pages() * PAGE);
    }

    /** Collects regions in order. */
    static final class Builder {
        private long[] offsets = new long[16];
        private long[] lengths = new long[16];
        private int count;
        private long smallestHole = 1;

        void add(long offset, long length) {
            if (length == 0) {
                return;
            }
            if (count > 0 && offset - (offsets[count - 1] + lengths[count - 1]) < smallestHole) {
                lengths[count - 1] = offset + length - offsets[count - 1];
                return;
            }
            if (count == MAX_REGIONS - 1) {
                smallestHole = Math.max(PAGE, smallestHole * 2);
                int kept = count;
                count = 0;
                for (int i = 0; i < kept; i++) {
                    add(offsets[i], lengths[i]);
                }
                add(offset, length);
                return;
            }
            if (count == offsets.length) {
                offsets = Arrays.copyOf(offsets, count * 2);
                lengths = Arrays.copyOf(lengths, count * 2);
            }
            offsets[count] = offset;
            lengths[count++] = length;
        }

        ExtentMap build(long size) {
            return new ExtentMap(size, count, offsets, lengths);
        }
    }

    long size() {
        return size;
    }

    int count() {
        return count;
    }

    long offset(int region) {
        return offsets[region];
    }

    long end(int region) {
        return offsets[region] + lengths[region];
    }

    /** Bytes of data. */
    long stored() {
        long stored = 0;
        for (int i = 0; i < count; i++) {
            stored += lengths[i];
        }
        return stored;
    }

    byte[] toBytes() {
        boolean hole = endsWithHole();
        StringBuilder text =
                new StringBuilder().append(hole ? count + 1 : count).append('\n');
        for (int i = 0; i < count; i++) {
            text.append(offsets[i]).append('\n').append(lengths[i]).append('\n');
        }
        if (hole) {
            text.append(size).append("\n0\n");
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.US_ASCII);
        return Arrays.copyOf(bytes, Math.toIntExact(TarBlocks.padded(bytes.length)));
    }

    private boolean endsWithHole() {
        return count == 0 || end(count - 1) < size;
    }

    /**
     * Takes nothing but what {@link #toBytes} writes.
     *
     * @param bytes how long the map is in the archive
     * @throws JsonFormatException it is anything else
     */
    static ExtentMap read(InputStream in, long bytes, long size, long stored) throws IOException {
        Numbers numbers = new Numbers(in, bytes);
        long listed = numbers.next();
        if (listed < 1 || listed > MAX_REGIONS) {
            throw lies();
        }
        long[] offsets = new long[16];
        long[] lengths = new long[16];
        int count = 0;
        long end = -1;
        long sum = 0;
        for (long i = 0; i < listed; i++) {
            long offset = numbers.next();
            long length = numbers.next();
            boolean last = i == listed - 1;
            if (offset <= end || offset > size || length > size - offset || length == 0 && !(last && offset == size)) {
                throw lies();
            }
            if (length > 0) {
                if (count == offsets.length) {
                    offsets = Arrays.copyOf(offsets, count * 2);
                    lengths = Arrays.copyOf(lengths, count * 2);
                }
                offsets[count] = offset;
                lengths[count++] = length;
                end = offset + length;
                sum += length;
                if (last && end != size) {
                    throw lies();
                }
            }
        }
        numbers.finish();
        if (sum != stored) {
            throw lies();
        }
        return new ExtentMap(size, count, offsets, lengths);
    }

    private static JsonFormatException lies() {
        return new JsonFormatException("the map of its holes does not fit");
    }

    /** Decimal numbers without leading zeros, a line feed after each. */
    private static final class Numbers {
        private final InputStream in;
        private long left;

        Numbers(InputStream in, long bytes) {
            this.in = in;
            this.left = bytes;
        }

        private int read() throws IOException {
            if (left == 0) {
                throw lies();
            }
            left--;
            int read = in.read();
            if (read < 0) {
                throw new EOFException();
            }
            return read;
        }

        long next() throws IOException {
            long value = 0;
            for (int digits = 0; ; digits++) {
                int c = read();
                if (c == '\n' && digits > 0) {
                    return value;
                }
                if (c < '0' || c > '9' || digits == MAX_DIGITS || digits == 1 && value == 0) {
                    throw lies();
                }
                value = value * 10 + c - '0';
            }
        }

        void finish() throws IOException {
            if (left >= TarBlocks.BLOCK) {
                throw lies();
            }
            while (left > 0) {
                if (read() != 0) {
                    throw lies();
                }
            }
        }
    }
}
