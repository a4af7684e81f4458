package dev.smolvm.os;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Holes in files: finding them (lseek(2), SEEK_DATA) and making them (fallocate(2), FALLOC_FL_PUNCH_HOLE). */
public final class SparseFile implements AutoCloseable {
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;
    private static final int KEEP_SIZE = 1;
    private static final int PUNCH_HOLE = 2;

    private final int fd;

    private SparseFile(int fd) {
        this.fd = fd;
    }

    /** A run of bytes that may hold data; everything between extents is a hole. */
    public record Extent(long offset, long length) {
        public long end() {
            return offset + length;
        }
    }

    /** Refuses a symbolic link: what is there may have been put there by a VMM. */
    public static SparseFile openForWriting(Path file) throws IOException {
        return new SparseFile(Libc.open(file.toString(), Libc.O_RDWR | Libc.O_NOFOLLOW));
    }

    /** The extents with data, in order. A file system without holes answers with one extent. */
    public static List<Extent> extents(Path file) throws IOException {
        long size = Files.size(file);
        List<Extent> extents = new ArrayList<>();
        int fd = Libc.open(file.toString(), Libc.O_RDONLY);
        try {
            long position = 0;
            while (position < size) {
                long data = seekData(fd, position);
                if (data < 0) {
                    break;
                }
                long hole = Libc.lseek(fd, data, SEEK_HOLE);
                extents.add(new Extent(data, Math.min(hole, size) - data));
                position = hole;
            }
        } finally {
            Libc.close(fd);
        }
        return extents;
    }

    /** What a file takes on disk, in bytes, to within a file-system block for each extent. */
    public static long allocated(Path file) throws IOException {
        long bytes = 0;
        for (Extent extent : extents(file)) {
            bytes += extent.length();
        }
        return bytes;
    }

    /** Whether a part of a buffer could as well be a hole; its length is a multiple of 8. */
    public static boolean isZero(ByteBuffer buffer, int offset, int length) {
        for (int i = 0; i < length; i += Long.BYTES) {
            if (buffer.getLong(offset + i) != 0) {
                return false;
            }
        }
        return true;
    }

    private static long seekData(int fd, long position) throws IOException {
        try {
            return Libc.lseek(fd, position, SEEK_DATA);
        } catch (Libc.ErrnoException e) {
            if (e.errno() == Libc.ENXIO) {
                return -1;
            }
            throw e;
        }
    }

    /** Makes a range read as zeros and frees its blocks; both numbers in bytes. */
    public void punch(long offset, long length) throws IOException {
        Libc.fallocate(fd, PUNCH_HOLE | KEEP_SIZE, offset, length);
    }

    /** Cuts it off, or makes it longer by a hole. */
    public void setSize(long bytes) throws IOException {
        Libc.ftruncate(fd, bytes);
    }

    @Override
    public void close() {
        Libc.close(fd);
    }
}
