package dev.smolvm.snapshot;

import dev.smolvm.os.SparseFile;
import dev.smolvm.vmm.CapturedState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A captured memory file that holds only the pages that changed, at their places; its holes mean that a page did not change.
 * It is turned into a file of changes with an index at once: a copy or an archive of a sparse file may fill its holes with
 * zeros, and nothing, no checksum either, would tell that from changed pages.
 */
final class SparseMemory implements AutoCloseable {
    private static final int PAGE = DiffMemory.PAGE;
    private static final int PART = 256 * PAGE;

    private final Path file;
    private final long offset;
    private final long bytes;
    private final FileChannel channel;

    private SparseMemory(Path file, long offset, long bytes, FileChannel channel) {
        this.file = file;
        this.offset = offset;
        this.bytes = bytes;
        this.channel = channel;
    }

    static SparseMemory open(CapturedState state) throws IOException {
        return new SparseMemory(
                state.memory(),
                state.memoryOffset(),
                state.memoryBytes(),
                FileChannel.open(state.memory(), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
    }

    /** The pages that changed, in order; those that are zero now are told apart. */
    List<DiffMemory.Run> runs() throws IOException {
        List<DiffMemory.Run> runs = new ArrayList<>();
        ByteBuffer part = ByteBuffer.allocateDirect(PART);
        long next = 0;
        for (SparseFile.Extent extent : SparseFile.extents(file)) {
            long from = Math.max(next, Math.max(0, extent.offset() - offset) / PAGE * PAGE);
            long end = Math.min(bytes, (extent.end() - offset + PAGE - 1) / PAGE * PAGE);
            for (long at = from; at < end; at += PART) {
                int length = (int) Math.min(PART, end - at);
                read(at, part.clear().limit(length));
                for (int i = 0; i < length; i += PAGE) {
                    DiffMemory.Run.add(runs, new DiffMemory.Run((at + i) / PAGE, 1, SparseFile.isZero(part, i, PAGE)));
                }
            }
            next = Math.max(next, end);
        }
        return runs;
    }

    /** Fills the buffer with whole pages from {@code address} on. */
    void read(long address, ByteBuffer target) throws IOException {
        DiffMemory.readFully(channel, offset + address, target, file);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
