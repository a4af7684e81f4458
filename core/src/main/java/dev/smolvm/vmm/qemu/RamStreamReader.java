package dev.smolvm.vmm.qemu;

import dev.smolvm.os.SparseFile;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Takes apart the RAM part of a plain migration stream (QEMU docs/devel/migration, migration/savevm.c and ram.c) and puts each
 * page of the guest's memory into its place in a file. A page that comes again replaces what was there before, so the guest may
 * run meanwhile. Takes nothing on trust: what the stream names must have been announced, and lie within the memory.
 */
final class RamStreamReader {
    private static final int MAGIC = 0x5145564d;
    private static final int VERSION = 3;

    private static final int SECTION_START = 1;
    private static final int SECTION_PART = 2;
    private static final int SECTION_END = 3;
    private static final int SECTION_FOOTER = 0x7e;
    /** To the QEMU that would load it, such as that the guest stands still now (10.0). */
    private static final int COMMAND = 8;

    private static final int PAGE = 4096;
    private static final int FLAG_ZERO = 0x02;
    private static final int FLAG_MEM_SIZE = 0x04;
    private static final int FLAG_PAGE = 0x08;
    private static final int FLAG_EOS = 0x10;
    private static final int FLAG_CONTINUE = 0x20;

    private static final long MAX_BYTES = 1L << 42;
    private static final int MAX_BLOCKS = 1024;

    private final DataInputStream in;
    private final String wanted;
    private final FileChannel out;
    private final SparseFile holes;
    private final Map<String, Long> blocks = new LinkedHashMap<>();
    /** Pages that hold data in the file. */
    private final BitSet present = new BitSet();

    private final byte[] page = new byte[PAGE];
    private String block = "";
    private int section = -1;

    /**
     * @param wanted the RAM block that is the guest's memory; others are read over
     * @param out the file, empty
     * @param holes the same file
     */
    RamStreamReader(DataInputStream in, String wanted, FileChannel out, SparseFile holes) {
        this.in = in;
        this.wanted = wanted;
        this.out = out;
        this.holes = holes;
    }

    /**
     * Reads until all RAM is there; what follows in the stream are devices.
     *
     * @return the size of the guest's memory, in bytes
     */
    long read() throws IOException {
        if (in.readInt() != MAGIC || in.readInt() != VERSION) {
            throw new IOException("QEMU's stream does not begin as one");
        }
        while (true) {
            int type = in.readUnsignedByte();
            switch (type) {
                case SECTION_START -> {
                    section = in.readInt();
                    String name = name();
                    in.readInt();
                    in.readInt();
                    if (!name.equals("ram")) {
                        throw new IOException("QEMU's stream has an unknown section " + name);
                    }
                    pages();
                }
                case SECTION_PART, SECTION_END -> {
                    if (in.readInt() != section) {
                        throw new IOException("QEMU's stream goes on with a section that did not begin");
                    }
                    pages();
                    if (type == SECTION_END) {
                        return finish();
                    }
                }
                case SECTION_FOOTER -> in.readInt();
                case COMMAND -> {
                    in.readUnsignedShort();
                    in.skipNBytes(in.readUnsignedShort());
                }
                default -> throw new IOException("QEMU's stream has an unknown part of type " + type);
            }
        }
    }

    private long finish() throws IOException {
        Long bytes = blocks.get(wanted);
        if (bytes == null) {
            throw new IOException("QEMU's stream has no RAM block " + wanted);
        }
        holes.setSize(bytes);
        return bytes;
    }

    private void pages() throws IOException {
        while (true) {
            long header = in.readLong();
            int flags = (int) (header & PAGE - 1);
            long address = header - flags;
            if (flags == FLAG_EOS) {
                return;
            } else if (flags == FLAG_MEM_SIZE) {
                announce(address);
            } else if ((flags & ~FLAG_CONTINUE) == FLAG_ZERO) {
                choose(flags, address);
                if (in.readUnsignedByte() != 0) {
                    throw new IOException("QEMU's stream fills a page with something other than zero");
                }
                clear(address);
            } else if ((flags & ~FLAG_CONTINUE) == FLAG_PAGE) {
                choose(flags, address);
                in.readFully(page);
                put(address);
            } else {
                throw new IOException("QEMU's stream has a page of unknown kind " + Integer.toHexString(flags));
            }
        }
    }

    private void announce(long total) throws IOException {
        long left = total;
        while (left > 0) {
            String name = name();
            long length = in.readLong();
            if (length <= 0 || length > left || length > MAX_BYTES || blocks.size() == MAX_BLOCKS) {
                throw new IOException("QEMU's stream announces a RAM block " + name + " of " + length + " bytes");
            }
            blocks.put(name, length);
            left -= length;
        }
    }

    /** Which block a page belongs to. */
    private void choose(int flags, long address) throws IOException {
        if ((flags & FLAG_CONTINUE) == 0) {
            block = name();
        }
        Long length = blocks.get(block);
        if (length == null || address < 0 || address > length - PAGE) {
            throw new IOException("QEMU's stream has a page outside of its RAM blocks");
        }
    }

    private void clear(long address) throws IOException {
        int number = Math.toIntExact(address / PAGE);
        if (block.equals(wanted) && present.get(number)) {
            holes.punch(address, PAGE);
            present.clear(number);
        }
    }

    private void put(long address) throws IOException {
        if (block.equals(wanted)) {
            ByteBuffer content = ByteBuffer.wrap(page);
            while (content.hasRemaining()) {
                out.write(content, address + content.position());
            }
            present.set(Math.toIntExact(address / PAGE));
        }
    }

    private String name() throws IOException {
        byte[] name = new byte[in.readUnsignedByte()];
        in.readFully(name);
        return new String(name, StandardCharsets.ISO_8859_1);
    }
}
