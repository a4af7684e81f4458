package dev.smolvm.archive;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import dev.smolvm.store.Checksum;
import java.io.IOException;
import java.io.OutputStream;

/** Writes an archive: a tar file as {@link TarBlocks} has it, compressed as one frame of zstd. */
final class ArchiveWriter implements AutoCloseable {
    private static final int LEVEL = 3;
    /** More do not help: reading and the checksums need a processor too. */
    private static final int MAX_WORKERS = 8;
    /** What a worker takes at once; each holds several times as much. At zstd's own choice of 8 MiB this was most of our memory. */
    private static final int JOB_BYTES = 512 << 10;

    private final ZstdOutputStreamNoFinalizer out;

    ArchiveWriter(OutputStream file) throws IOException {
        ZstdLibrary.load();
        // Never 0: with any other number of workers the same input makes the same bytes.
        int workers = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, MAX_WORKERS);
        out = new ZstdOutputStreamNoFinalizer(file, LEVEL)
                .setChecksum(true)
                .setWorkers(workers)
                .setJobSize(JOB_BYTES);
    }

    void add(ArchiveDescription description) throws IOException {
        byte[] bytes = description.toBytes();
        out.write(TarBlocks.header(ArchiveDescription.NAME, bytes.length, TarBlocks.FILE));
        out.write(bytes);
        pad(bytes.length);
    }

    /** Returns the checksum of what was written. */
    Checksum add(String name, ExtentMap file, SparseTransfer.Source source, SparseTransfer transfer)
            throws IOException {
        byte[] map = file.toBytes();
        out.write(TarBlocks.extended(name, file.size()));
        out.write(TarBlocks.header(TarBlocks.sparseName(name), map.length + file.stored(), TarBlocks.FILE));
        out.write(map);
        Checksum checksum = transfer.pass(file, source, (_, bytes, at, length) -> out.write(bytes, at, length));
        pad(file.stored());
        return checksum;
    }

    private void pad(long written) throws IOException {
        out.write(new byte[(int) (TarBlocks.padded(written) - written)]);
    }

    /** Without it an archive is cut off. */
    void finish() throws IOException {
        out.write(new byte[TarBlocks.END]);
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
