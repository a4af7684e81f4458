package dev.smolvm.archive;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The blocks of a tar file as we write them, always in the same way: numbers, owner and time fixed, so that equal snapshots make
 * equal archives, and so that a reader can tell what must come and take nothing else. A file with holes is what GNU tar calls
 * sparse format 1.0 in a POSIX archive: an extended header that gives its name and size, then an entry whose content is the
 * map of its data, and its data.
 */
final class TarBlocks {
    static final int BLOCK = 512;
    /** Where an archive ends. */
    static final int END = 2 * BLOCK;

    static final char FILE = '0';
    static final char EXTENDED = 'x';

    private static final int NAME = 100;
    private static final int SIZE = 124;
    private static final int SIZE_DIGITS = 11;
    private static final int CHECKSUM = 148;
    private static final int TYPE = 156;

    private TarBlocks() {}

    /** The next multiple of a block. */
    static long padded(long bytes) {
        return (bytes + BLOCK - 1) / BLOCK * BLOCK;
    }

    static byte[] header(String name, long size, char type) {
        byte[] block = new byte[BLOCK];
        byte[] encoded = name.getBytes(StandardCharsets.US_ASCII);
        if (encoded.length > NAME) {
            throw new IllegalArgumentException(name);
        }
        System.arraycopy(encoded, 0, block, 0, encoded.length);
        octal(block, 100, 7, 0600);
        octal(block, 108, 7, 0);
        octal(block, 116, 7, 0);
        size(block, size);
        octal(block, 136, 11, 0);
        block[TYPE] = (byte) type;
        System.arraycopy("ustar\0".getBytes(StandardCharsets.US_ASCII), 0, block, 257, 6);
        block[263] = '0';
        block[264] = '0';
        Arrays.fill(block, CHECKSUM, CHECKSUM + 8, (byte) ' ');
        int sum = 0;
        for (byte b : block) {
            sum += b & 0xff;
        }
        octal(block, CHECKSUM, 6, sum);
        block[CHECKSUM + 6] = 0;
        return block;
    }

    /** More than eleven octal digits can say is written in binary, as GNU tar does. */
    private static void size(byte[] block, long size) {
        if (size < 1L << 3 * SIZE_DIGITS) {
            octal(block, SIZE, SIZE_DIGITS, size);
            return;
        }
        block[SIZE] = (byte) 0x80;
        for (int i = 0; i < Long.BYTES; i++) {
            block[SIZE + SIZE_DIGITS - i] = (byte) (size >>> 8 * i);
        }
    }

    private static void octal(byte[] block, int at, int digits, long value) {
        for (int i = digits - 1; i >= 0; i--) {
            block[at + i] = (byte) ('0' + (value >>> 3 * (digits - 1 - i) & 7));
        }
    }

    /** The size that a header says, or -1: to be believed only if {@link #header} makes the same block of it. */
    static long size(byte[] block) {
        long size = 0;
        if (block[SIZE] == (byte) 0x80) {
            for (int i = SIZE + SIZE_DIGITS + 1 - Long.BYTES; i <= SIZE + SIZE_DIGITS; i++) {
                size = size << 8 | block[i] & 0xff;
            }
            return size < 0 ? -1 : size;
        }
        for (int i = SIZE; i < SIZE + SIZE_DIGITS; i++) {
            if (block[i] < '0' || block[i] > '7') {
                return -1;
            }
            size = size << 3 | block[i] - '0';
        }
        return size;
    }

    /** Header and content of the extended header before a file with holes. */
    static byte[] extended(String name, long size) {
        byte[] content = (record("GNU.sparse.major", "1")
                        + record("GNU.sparse.minor", "0")
                        + record("GNU.sparse.name", name)
                        + record("GNU.sparse.realsize", Long.toString(size)))
                .getBytes(StandardCharsets.US_ASCII);
        byte[] blocks = Arrays.copyOf(
                header("./PaxHeaders/" + name, content.length, EXTENDED),
                Math.toIntExact(BLOCK + padded(content.length)));
        System.arraycopy(content, 0, blocks, BLOCK, content.length);
        return blocks;
    }

    /** What the file with the holes is called for those who know nothing of holes. */
    static String sparseName(String name) {
        return "./GNUSparseFile.0/" + name;
    }

    /** {@code LENGTH KEY=VALUE}, where the length counts itself. */
    private static String record(String key, String value) {
        int rest = key.length() + value.length() + 3;
        int length = rest + 1;
        while (rest + Integer.toString(length).length() != length) {
            length++;
        }
        return length + " " + key + "=" + value + "\n";
    }

    /** What a header that should not be there is, for people. */
    static String describe(byte[] block) {
        int end = 0;
        while (end < NAME && block[end] != 0) {
            end++;
        }
        if (end == 0) {
            return "the end";
        }
        String type =
                switch ((char) (block[TYPE] & 0xff)) {
                    case FILE, 0 -> "the file ";
                    case '1' -> "the hard link ";
                    case '2' -> "the symbolic link ";
                    case '3', '4' -> "the device ";
                    case '5' -> "the directory ";
                    case '6' -> "the pipe ";
                    case EXTENDED, 'g' -> "the extended header ";
                    default -> "something called ";
                };
        return type + ArchiveFailures.printable(new String(block, 0, end, StandardCharsets.UTF_8));
    }
}
