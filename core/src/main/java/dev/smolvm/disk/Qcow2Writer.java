package dev.smolvm.disk;

import dev.smolvm.store.DurableFiles;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Writes a qcow2 file, version 3, from its beginning to its end: header, L1 table, then clusters and L2 tables as they come,
 * and at last the reference counts, which are all 1.
 */
final class Qcow2Writer implements Closeable {
    private static final int CLUSTER = Qcow2Layer.CLUSTER;
    private static final int L1_TABLE = 1;
    /** The cluster's count is exactly one, so a writer need not copy it first. */
    private static final long COPIED = 1L << 63;

    private static final int REFCOUNTS = CLUSTER / Short.BYTES;

    private final FileChannel channel;
    private final long virtualBytes;
    private final ByteBuffer l1;
    /** The next free cluster. */
    private long next;

    Qcow2Writer(Path file, long virtualBytes) throws IOException {
        this.virtualBytes = virtualBytes;
        this.l1 = ByteBuffer.allocate(
                Math.toIntExact(Math.ceilDiv(virtualBytes, (long) CLUSTER * Qcow2Layer.ENTRIES)) * Long.BYTES);
        this.next = L1_TABLE + Math.ceilDiv(l1.capacity(), CLUSTER);
        DurableFiles.createFile(file);
        this.channel = FileChannel.open(file, StandardOpenOption.WRITE);
    }

    /** How many L2 tables the disk can have. */
    int tables() {
        return l1.capacity() / Long.BYTES;
    }

    /** How many clusters the guest's disk has. */
    long clusters() {
        return Math.ceilDiv(virtualBytes, (long) CLUSTER);
    }

    /** Writes a cluster, and returns where. */
    long append(ByteBuffer cluster) throws IOException {
        long at = next++ * CLUSTER;
        write(cluster.rewind(), at);
        return at;
    }

    /** @param clusters as {@link Qcow2Layer#clusters} has them */
    void writeTable(int index, long[] clusters) throws IOException {
        ByteBuffer table = ByteBuffer.allocate(CLUSTER);
        for (long cluster : clusters) {
            boolean data = cluster != Qcow2Layer.UNALLOCATED && cluster != Qcow2Layer.ZERO;
            table.putLong(data ? cluster | COPIED : cluster);
        }
        l1.putLong(index * Long.BYTES, append(table) | COPIED);
    }

    void finish() throws IOException {
        long blocks = 0;
        long tables = 0;
        long total = next;
        // What counts is counted too.
        while (blocks * REFCOUNTS < total || tables * Qcow2Layer.ENTRIES < blocks) {
            blocks = Math.ceilDiv(total, (long) REFCOUNTS);
            tables = Math.ceilDiv(blocks, (long) Qcow2Layer.ENTRIES);
            total = next + blocks + tables;
        }
        ByteBuffer table = ByteBuffer.allocate(Math.toIntExact(tables) * CLUSTER);
        for (long block = 0; block < blocks; block++) {
            ByteBuffer counts = ByteBuffer.allocate(CLUSTER);
            for (long cluster = block * REFCOUNTS; cluster < total && counts.hasRemaining(); cluster++) {
                counts.putShort((short) 1);
            }
            table.putLong(append(counts.clear()));
        }
        long tableAt = next * CLUSTER;
        write(table.clear(), tableAt);
        write(l1.clear(), (long) L1_TABLE * CLUSTER);
        write(header(tableAt, (int) tables), 0);
    }

    private ByteBuffer header(long refcountTable, int refcountClusters) {
        ByteBuffer header = ByteBuffer.allocate(Qcow2Format.V3_HEADER_BYTES + 8);
        header.putInt(Qcow2Format.MAGIC).putInt(3);
        header.putLong(0).putInt(0); // backing file
        header.putInt(Qcow2Layer.CLUSTER_BITS).putLong(virtualBytes).putInt(0); // no encryption
        header.putInt(tables()).putLong((long) L1_TABLE * CLUSTER);
        header.putLong(refcountTable).putInt(refcountClusters);
        header.putInt(0).putLong(0); // snapshots
        header.putLong(0).putLong(0).putLong(0); // features
        header.putInt(4).putInt(Qcow2Format.V3_HEADER_BYTES); // 16-bit refcounts
        return header.clear();
    }

    private void write(ByteBuffer bytes, long at) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes, at + bytes.position());
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
