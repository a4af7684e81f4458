package dev.smolvm.disk;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Which clusters of the guest's disk a qcow2 file has, and where. Only what smolvm's own layers look like is taken; a VMM may
 * have written the file, so nothing in it is believed before it was checked.
 */
final class Qcow2Layer implements Closeable {
    static final int CLUSTER_BITS = 16;
    static final int CLUSTER = 1 << CLUSTER_BITS;
    static final int ENTRIES = CLUSTER / Long.BYTES;

    /** Nothing is said about a cluster: what lies beneath shows. */
    static final long UNALLOCATED = 0;
    /** Zeros, whatever lies beneath. */
    static final long ZERO = 1;

    private static final long OFFSET = 0x00ff_ffff_ffff_fe00L;
    private static final long COMPRESSED = 1L << 62;
    private static final long READS_AS_ZEROS = 1;

    private final Path file;
    private final FileChannel channel;
    private final long fileBytes;
    private final long virtualBytes;
    private final ByteBuffer l1;

    private Qcow2Layer(Path file, FileChannel channel) throws IOException {
        this.file = file;
        this.channel = channel;
        this.fileBytes = channel.size();
        Qcow2Header header = Qcow2Header.read(file, channel);
        refuse(header.version() != 3, "version " + header.version());
        refuse(header.clusterBits() != CLUSTER_BITS, "clusters of " + (1L << header.clusterBits()) + " bytes");
        refuse(header.extendedL2(), "subclusters");
        refuse(header.namesDataFile(), "its data in another file");
        refuse(header.encrypted(), "encrypted data");
        refuse(header.corrupt(), "a mark that says it is corrupt");
        refuse(header.snapshots() > 0, "internal snapshots");
        this.virtualBytes = header.virtualBytes();
        ByteBuffer head = ByteBuffer.allocate(Qcow2Format.V3_HEADER_BYTES);
        read(0, head);
        // Both were checked against the file's size.
        this.l1 = ByteBuffer.allocate(head.getInt(36) * Long.BYTES);
        read(head.getLong(40), l1);
    }

    /** @throws SmolVmException integrity: it is damaged; unsupported: a kind of qcow2 file that is not merged */
    static Qcow2Layer open(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
        try {
            return new Qcow2Layer(file, channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private void refuse(boolean wrong, String what) {
        if (wrong) {
            throw new SmolVmException(
                    ErrorKind.UNSUPPORTED, "layer " + file + " has " + what, "leave it as it is: it works, unmerged");
        }
    }

    long virtualBytes() {
        return virtualBytes;
    }

    /** Clusters that the file has room for. */
    long capacity() {
        return Math.ceilDiv(fileBytes, (long) CLUSTER);
    }

    /**
     * What an entry of the L1 table stands for: {@link #ENTRIES} clusters, each {@link #UNALLOCATED}, {@link #ZERO} or at an
     * offset in the file; null: nothing is said about any of them.
     */
    long[] clusters(int index) throws IOException {
        if (index >= l1.limit() / Long.BYTES) {
            return null;
        }
        long at = l1.getLong(index * Long.BYTES) & OFFSET;
        if (at == 0) {
            return null;
        }
        check(at);
        ByteBuffer table = ByteBuffer.allocate(CLUSTER);
        read(at, table);
        long[] clusters = new long[ENTRIES];
        for (int i = 0; i < ENTRIES; i++) {
            clusters[i] = cluster(table.getLong(i * Long.BYTES));
        }
        return clusters;
    }

    private long cluster(long entry) {
        refuse((entry & COMPRESSED) != 0, "compressed clusters");
        if ((entry & READS_AS_ZEROS) != 0) {
            return ZERO;
        }
        long at = entry & OFFSET;
        if (at != 0) {
            check(at);
        }
        return at;
    }

    private void check(long offset) {
        if (offset % CLUSTER != 0 || offset >= fileBytes) {
            throw Qcow2Header.damaged(file.toString(), "a cluster outside of the file or at a crooked place");
        }
    }

    /** Fills the buffer; the last cluster may be cut short in the file, and then ends in zeros. */
    void read(long offset, ByteBuffer target) throws IOException {
        target.clear();
        while (target.hasRemaining()) {
            if (channel.read(target, offset + target.position()) < 0) {
                while (target.hasRemaining()) {
                    target.put((byte) 0);
                }
            }
        }
        target.flip();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
