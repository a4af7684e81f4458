package dev.smolvm.vmm.qemu;

import dev.smolvm.error.Advice;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.SparseFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * A migration stream that QEMU wrote with the {@code mapped-ram} capability: every page of every RAM block has a fixed place
 * in the file (QEMU docs/devel/migration/mapped-ram; the stream around it: migration/savevm.c and ram.c, big-endian).
 *
 * @param section the number of the section that the blocks belong to
 * @param blocks the RAM blocks in file order
 */
record MappedRamFile(Path file, int section, List<Block> blocks) {
    private static final int MAGIC = 0x5145_564d; // "QEVM"
    private static final int VERSION = 3;
    private static final byte SECTION_START = 1;
    private static final int FLAG_MEM_SIZE = 4;
    private static final int MAPPED_RAM_VERSION = 1;
    private static final int MAX_NAME = 255;
    private static final int MAX_BLOCKS = 256;
    private static final int MIN_PAGE = 4096;
    /** 1 TiB of memory, the largest machine we make. */
    private static final long MAX_PAGES = 1L << 28;

    /**
     * One RAM block.
     *
     * @param length in bytes
     * @param bitmapOffset where its bitmap starts: little-endian 64-bit words, a bit a page, set if the page is in the file
     * @param pagesOffset where its page 0 lies
     */
    record Block(String name, long length, long pageSize, long bitmapOffset, long pagesOffset) {
        long pages() {
            return length / pageSize;
        }

        long bitmapBytes() {
            return (pages() + 63) / 64 * 8;
        }
    }

    /** @throws SmolVmException integrity: not such a file */
    static MappedRamFile read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            Cursor in = new Cursor(channel);
            if (in.u32() != MAGIC || in.u32() != VERSION) {
                throw damaged(file, "not a QEMU migration stream");
            }
            // No configuration section: our QEMUs run with migration.send-configuration=off.
            if (in.u8() != SECTION_START) {
                throw damaged(file, "no start section");
            }
            int section = in.u32();
            if (!in.name().equals("ram")) {
                throw damaged(file, "the first section is not RAM");
            }
            in.u32();
            in.u32();
            long total = in.u64();
            if ((total & FLAG_MEM_SIZE) == 0) {
                throw damaged(file, "no memory size");
            }
            return new MappedRamFile(file, section, blocks(file, in, total & ~0xFFFL, channel.size()));
        } catch (java.io.EOFException e) {
            throw damaged(file, "too short");
        }
    }

    private static List<Block> blocks(Path file, Cursor in, long total, long fileSize) throws IOException {
        List<Block> blocks = new ArrayList<>();
        for (long seen = 0; seen < total; ) {
            String name = in.name();
            long length = in.u64();
            int version = in.u32();
            Block block = new Block(name, length, in.u64(), in.u64(), in.u64());
            if (version != MAPPED_RAM_VERSION
                    || blocks.size() == MAX_BLOCKS
                    || length <= 0
                    || length > total - seen
                    || block.pageSize() < MIN_PAGE
                    || Long.bitCount(block.pageSize()) != 1
                    || length % block.pageSize() != 0
                    || block.pages() > MAX_PAGES
                    || block.bitmapOffset() != in.position()
                    || block.pagesOffset() < block.bitmapOffset() + block.bitmapBytes()
                    || block.pagesOffset() > fileSize - length) {
                throw damaged(file, "RAM block " + name + " does not fit");
            }
            blocks.add(block);
            seen += length;
            in.seek(block.pagesOffset() + length);
        }
        return List.copyOf(blocks);
    }

    /** Where the blocks' last page ends, and the stream goes on. */
    long ramEnd() {
        return blocks.stream()
                .mapToLong(b -> b.pagesOffset() + b.length())
                .max()
                .orElseThrow(() -> damaged(file, "no RAM block"));
    }

    /** @throws SmolVmException integrity: no block of this name */
    Block block(String name) {
        return blocks.stream()
                .filter(b -> b.name().equals(name))
                .findFirst()
                .orElseThrow(() -> damaged(file, "no RAM block " + name));
    }

    /**
     * Makes the block's region in the file equal to the guest's memory. A page that was written in an early pass and was zero
     * in the last keeps its stale bytes in the file, only its bit is cleared: an eager load honours that, a mapping does not.
     *
     * @return how many bytes of stale pages were cleared
     */
    long clearStalePages(Block block) throws IOException {
        BitSet present = presentPages(block);
        long cleared = 0;
        try (SparseFile sparse = SparseFile.openForWriting(file)) {
            for (SparseFile.Extent extent : SparseFile.extents(file)) {
                long from = Math.max(extent.offset(), block.pagesOffset());
                long end = Math.min(extent.end(), block.pagesOffset() + block.length());
                if (from < end) {
                    cleared += clearAbsent(sparse, block, present, from, end);
                }
            }
        }
        return cleared;
    }

    private static long clearAbsent(SparseFile sparse, Block block, BitSet present, long from, long end)
            throws IOException {
        int firstPage = Math.toIntExact((from - block.pagesOffset()) / block.pageSize());
        int endPage = Math.toIntExact((end - block.pagesOffset() + block.pageSize() - 1) / block.pageSize());
        long cleared = 0;
        for (int page = present.nextClearBit(firstPage); page < endPage; ) {
            int next = present.nextSetBit(page);
            int stop = next < 0 ? endPage : Math.min(next, endPage);
            long length = (stop - page) * block.pageSize();
            sparse.punch(block.pagesOffset() + page * block.pageSize(), length);
            cleared += length;
            page = present.nextClearBit(stop);
        }
        return cleared;
    }

    /** Bit n: page n is in the file; the others are zero. */
    BitSet presentPages(Block block) throws IOException {
        ByteBuffer bitmap =
                ByteBuffer.allocate(Math.toIntExact(block.bitmapBytes())).order(ByteOrder.LITTLE_ENDIAN);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            while (bitmap.hasRemaining()) {
                if (channel.read(bitmap, block.bitmapOffset() + bitmap.position()) < 0) {
                    throw damaged(file, "the page bitmap is cut off");
                }
            }
        }
        return BitSet.valueOf(bitmap.flip());
    }

    private static SmolVmException damaged(Path file, String what) {
        return new SmolVmException(
                ErrorKind.INTEGRITY,
                "saved memory " + file + " is damaged: " + what,
                Advice.WHICH_SNAPSHOTS_ARE_INTACT);
    }

    /** Reads big-endian numbers at a moving position. */
    private static final class Cursor {
        private final FileChannel channel;
        private long position;

        Cursor(FileChannel channel) {
            this.channel = channel;
        }

        long position() {
            return position;
        }

        void seek(long to) {
            position = to;
        }

        byte u8() throws IOException {
            return read(1).get();
        }

        int u32() throws IOException {
            return read(4).getInt();
        }

        long u64() throws IOException {
            return read(8).getLong();
        }

        String name() throws IOException {
            int length = u8() & MAX_NAME;
            return StandardCharsets.ISO_8859_1.decode(read(length)).toString();
        }

        private ByteBuffer read(int bytes) throws IOException {
            ByteBuffer buffer = ByteBuffer.allocate(bytes);
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, position + buffer.position()) < 0) {
                    throw new java.io.EOFException();
                }
            }
            position += bytes;
            return buffer.flip();
        }
    }
}
