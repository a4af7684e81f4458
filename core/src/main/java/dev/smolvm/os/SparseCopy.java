package dev.smolvm.os;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;

/**
 * Copies of large files: by reference where the file system can share blocks (ioctl_ficlone(2)), else of their data alone, so
 * that holes stay holes.
 */
public final class SparseCopy {
    /** Told between parts of this size, in bytes. */
    private static final long PART = 16L << 20;

    private SparseCopy() {}

    /** Told how far a copy is, in bytes of data; never for one by reference. */
    @FunctionalInterface
    public interface Listener {
        Listener NONE = (done, total) -> {};

        void copied(long done, long total);
    }

    /**
     * @param from not followed if it is a symbolic link
     * @param to an empty file, which gets the size of {@code from}
     */
    public static void copy(Path from, Path to, Listener listener) throws IOException {
        if (cloned(from, to)) {
            return;
        }
        List<SparseFile.Extent> extents = SparseFile.extents(from);
        long total = extents.stream().mapToLong(SparseFile.Extent::length).sum();
        long done = 0;
        try (FileChannel in = FileChannel.open(from, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
                FileChannel out = FileChannel.open(to, Set.of(StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS))) {
            for (SparseFile.Extent extent : extents) {
                for (long at = extent.offset(); at < extent.end(); at += PART) {
                    long length = Math.min(PART, extent.end() - at);
                    copyRange(in, out, at, length);
                    done += length;
                    listener.copied(done, total);
                }
            }
        }
        try (SparseFile file = SparseFile.openForWriting(to)) {
            file.setSize(Files.size(from));
        }
    }

    /** The JDK copies inside the kernel (copy_file_range(2)) where it can. */
    private static void copyRange(FileChannel in, FileChannel out, long offset, long length) throws IOException {
        out.position(offset);
        for (long copied = 0; copied < length; ) {
            long count = in.transferTo(offset + copied, length - copied, out);
            if (count <= 0) {
                throw new IOException("the file became shorter while it was copied");
            }
            copied += count;
        }
    }

    private static boolean cloned(Path from, Path to) throws IOException {
        int source = Libc.open(from.toString(), Libc.O_RDONLY | Libc.O_NOFOLLOW);
        try {
            int target = Libc.open(to.toString(), Libc.O_RDWR | Libc.O_NOFOLLOW);
            try {
                return Libc.ficlone(target, source);
            } finally {
                Libc.close(target);
            }
        } finally {
            Libc.close(source);
        }
    }
}
