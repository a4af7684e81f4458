package dev.smolvm.disk;

import dev.smolvm.store.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Makes empty qcow2 files. Every restore, fork and snapshot needs one, so this costs one small sparse file and no qemu-img
 * process. The header names no backing file: a chain is always given to QEMU explicitly.
 *
 * <p>Clusters: 0 header, 1 refcount table, 2 its first block, 3… L1 table (all zero, so a hole).
 */
public final class Qcow2Overlay {
    public static final long MAX_VIRTUAL_BYTES = 8L << 40;

    private static final int CLUSTER_BITS = 16;
    private static final int CLUSTER = 1 << CLUSTER_BITS;
    private static final int SECTOR = 512;
    /** One L1 entry is one L2 table, which is one cluster of 8-byte entries, each one cluster. */
    private static final long BYTES_PER_L1_ENTRY = (long) CLUSTER * (CLUSTER / Long.BYTES);

    private static final int REFCOUNT_TABLE = 1;
    private static final int REFCOUNT_BLOCK = 2;
    private static final int L1_TABLE = 3;

    private Qcow2Overlay() {}

    /** Durability of the content; the directory entry is the caller's concern. */
    public enum Sync {
        YES,
        /** For a file whose loss in a power cut loses nothing, such as a running sandbox's overlay. */
        NO
    }

    /**
     * @param file must not exist; mode 0600
     * @param virtualBytes what the guest sees: a positive multiple of 512, at most {@link #MAX_VIRTUAL_BYTES}
     */
    public static void create(Path file, long virtualBytes, Sync sync) throws IOException {
        if (virtualBytes <= 0 || virtualBytes % SECTOR != 0 || virtualBytes > MAX_VIRTUAL_BYTES) {
            throw new IllegalArgumentException("virtual size " + virtualBytes);
        }
        long l1Entries = Math.ceilDiv(virtualBytes, BYTES_PER_L1_ENTRY);
        int l1Clusters = Math.toIntExact(Math.ceilDiv(l1Entries * Long.BYTES, (long) CLUSTER));
        int clusters = L1_TABLE + l1Clusters;

        DurableFiles.createFile(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            write(channel, header(virtualBytes, (int) l1Entries), 0);
            write(channel, bigEndian(Long.BYTES).putLong((long) REFCOUNT_BLOCK * CLUSTER), REFCOUNT_TABLE);
            ByteBuffer refcounts = bigEndian(clusters * Short.BYTES);
            while (refcounts.hasRemaining()) {
                refcounts.putShort((short) 1);
            }
            write(channel, refcounts, REFCOUNT_BLOCK);
            // The last byte gives the file its length; the L1 table before it stays a hole.
            channel.write(ByteBuffer.allocate(1), (long) clusters * CLUSTER - 1);
            if (sync == Sync.YES) {
                channel.force(true);
            }
        }
    }

    private static ByteBuffer header(long virtualBytes, int l1Entries) {
        ByteBuffer header = bigEndian(Qcow2Format.V3_HEADER_BYTES + 8);
        header.putInt(Qcow2Format.MAGIC).putInt(3);
        header.putLong(0).putInt(0); // backing file
        header.putInt(CLUSTER_BITS).putLong(virtualBytes).putInt(0); // no encryption
        header.putInt(l1Entries).putLong((long) L1_TABLE * CLUSTER);
        header.putLong((long) REFCOUNT_TABLE * CLUSTER).putInt(1);
        header.putInt(0).putLong(0); // snapshots
        header.putLong(0).putLong(0).putLong(0); // features
        header.putInt(4).putInt(Qcow2Format.V3_HEADER_BYTES); // 16-bit refcounts
        return header.putLong(0); // end of extensions
    }

    private static ByteBuffer bigEndian(int bytes) {
        return ByteBuffer.allocate(bytes);
    }

    private static void write(FileChannel channel, ByteBuffer filled, int cluster) throws IOException {
        ByteBuffer content = filled.rewind();
        long at = (long) cluster * CLUSTER;
        while (content.hasRemaining()) {
            channel.write(content, at + content.position());
        }
    }
}
