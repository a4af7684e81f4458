package dev.smolvm.disk;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What a qcow2 file says about itself, read strictly: every table lies inside the file and every number inside the limits
 * within which QEMU opens a file. Names of other files are noticed and never followed or even kept.
 *
 * @param virtualBytes the size the guest sees
 * @param namesDataFile the guest's data lies in another file
 */
public record Qcow2Header(
        int version,
        long virtualBytes,
        int clusterBits,
        int refcountOrder,
        boolean namesBackingFile,
        boolean namesDataFile,
        boolean encrypted,
        boolean dirty,
        boolean corrupt,
        boolean extendedL2,
        int snapshots) {
    private static final int USUAL_CLUSTER_BITS = 16;
    /** What is read of a file first: the largest cluster takes 2 MiB, a millisecond for each layer of a chain. */
    private static final long USUAL_CLUSTER = 1L << USUAL_CLUSTER_BITS;
    /** Where the header says how large its clusters are. */
    private static final int CLUSTER_BITS = 20;

    /** @throws SmolVmException integrity: not a qcow2 file, or one that is damaged; no file is opened but this one */
    public static Qcow2Header read(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            return read(file, channel);
        } catch (IOException e) {
            throw SmolVmException.of("read the qcow2 header of " + file, e);
        }
    }

    static Qcow2Header read(Path file, FileChannel channel) throws IOException {
        long fileBytes = channel.size();
        ByteBuffer head = head(channel, Math.min(fileBytes, USUAL_CLUSTER));
        if (head.limit() == USUAL_CLUSTER && head.getInt(CLUSTER_BITS) > USUAL_CLUSTER_BITS) {
            head = head(channel, Math.min(fileBytes, 1L << Qcow2Format.MAX_CLUSTER_BITS));
        }
        return parse(file.toString(), head, fileBytes);
    }

    private static ByteBuffer head(FileChannel channel, long bytes) throws IOException {
        ByteBuffer head = ByteBuffer.allocate((int) bytes);
        while (head.hasRemaining() && channel.read(head, head.position()) >= 0) {
            // Until all of it is here.
        }
        return head.flip();
    }

    /** @param head the file's first bytes: all of its first cluster */
    static Qcow2Header parse(String name, ByteBuffer head, long fileBytes) {
        return new Qcow2HeaderParser(name, head, fileBytes).parse();
    }

    static SmolVmException damaged(String name, String what) {
        return new SmolVmException(
                ErrorKind.INTEGRITY,
                name + " is not a sound qcow2 file: " + what,
                "check it with: qemu-img check -f qcow2 FILE");
    }
}
