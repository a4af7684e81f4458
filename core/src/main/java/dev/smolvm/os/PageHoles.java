package dev.smolvm.os;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;

/**
 * Whether a file system says to the page which parts of a file were written. Not all do: where its blocks are larger, or holes
 * are only known once the file is on disk, pages that nobody wrote count as written too, as zeros.
 */
public final class PageHoles {
    private static final int PAGE = 4096;
    /** Away from any larger boundary. */
    private static final long WRITTEN = (1 << 20) + PAGE;

    private static final long SIZE = 4 << 20;

    private PageHoles() {}

    /** Tries it in this directory, where nobody else may write meanwhile. */
    public static boolean keptIn(Path directory) throws IOException {
        Path probe = directory.resolve("holes.probe");
        Files.deleteIfExists(probe);
        try (FileChannel channel = FileChannel.open(probe, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            try (SparseFile file = SparseFile.openForWriting(probe)) {
                file.setSize(SIZE);
            }
            byte[] page = new byte[PAGE];
            Arrays.fill(page, (byte) 1);
            channel.write(ByteBuffer.wrap(page), WRITTEN);
            // A memory file is read while some of it is on disk and some is not.
            boolean before = exact(SparseFile.extents(probe));
            channel.force(true);
            return before && exact(SparseFile.extents(probe));
        } finally {
            Files.deleteIfExists(probe);
        }
    }

    static boolean exact(List<SparseFile.Extent> extents) {
        return extents.equals(List.of(new SparseFile.Extent(WRITTEN, PAGE)));
    }
}
