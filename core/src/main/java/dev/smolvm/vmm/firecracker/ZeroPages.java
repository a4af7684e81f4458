package dev.smolvm.vmm.firecracker;

import dev.smolvm.os.SparseFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Frees the blocks of a memory file's zero pages, all of which Firecracker writes. */
final class ZeroPages {
    private static final int PAGE = 4096;
    private static final int PART = 256 * PAGE;

    private ZeroPages() {}

    static void makeHoles(Path file) throws IOException {
        ByteBuffer part = ByteBuffer.allocateDirect(PART);
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
                SparseFile out = SparseFile.openForWriting(file)) {
            for (SparseFile.Extent extent : SparseFile.extents(file)) {
                for (long at = extent.offset() / PAGE * PAGE; at < extent.end(); at += PART) {
                    part.clear();
                    while (part.hasRemaining() && in.read(part, at + part.position()) >= 0) {
                        // On to the end of the part or of the file.
                    }
                    punch(out, at, part.flip());
                }
            }
        }
    }

    private static void punch(SparseFile out, long offset, ByteBuffer part) throws IOException {
        int pages = part.limit() / PAGE;
        for (int page = 0; page < pages; ) {
            int end = page;
            while (end < pages && SparseFile.isZero(part, end * PAGE, PAGE)) {
                end++;
            }
            if (end > page) {
                out.punch(offset + (long) page * PAGE, (long) (end - page) * PAGE);
            }
            page = end + 1;
        }
    }
}
