package dev.smolvm.archive;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.Checksum;
import dev.smolvm.store.ChecksumBuilder;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Passes files with holes on, a chunk at a time, in constant memory, and computes their checksums meanwhile: beside reading and
 * compressing, not after it.
 */
final class SparseTransfer implements AutoCloseable {
    private static final int CHUNK = ChecksumBuilder.CHUNK;
    /** One is filled while the others are summed. */
    private static final int BUFFERS = 3;

    private final ExecutorService sums = Executors.newFixedThreadPool(BUFFERS - 1, work -> {
        Thread thread = new Thread(work, "checksums");
        thread.setDaemon(true);
        return thread;
    });
    private final byte[][] buffers = new byte[BUFFERS][];
    private final Listener listener;

    SparseTransfer(Listener listener) {
        this.listener = listener;
    }

    /** Told of bytes of data that were passed on. */
    @FunctionalInterface
    interface Listener {
        void passed(int bytes);
    }

    /** Asked for data in order. */
    @FunctionalInterface
    interface Source {
        /** @param offset in the file */
        void read(long offset, byte[] target, int at, int length) throws IOException;
    }

    /** Given data in order. */
    @FunctionalInterface
    interface Sink {
        Sink NONE = (offset, bytes, at, length) -> {};

        /** @param offset in the file */
        void write(long offset, byte[] bytes, int at, int length) throws IOException;
    }

    /** Passes a file's data on; returns the checksum of all of it, its holes being zeros. */
    Checksum pass(ExtentMap file, Source source, Sink sink) throws IOException {
        ChecksumBuilder checksum = new ChecksumBuilder();
        Deque<Future<byte[]>> pending = new ArrayDeque<>();
        int region = 0;
        int buffer = 0;
        for (long start = 0; start < file.size(); start += CHUNK) {
            int length = (int) Math.min(CHUNK, file.size() - start);
            while (region < file.count() && file.end(region) <= start) {
                region++;
            }
            // Before its buffer is filled again: there is a buffer less than chunks in flight.
            if (pending.size() == BUFFERS - 1) {
                checksum.add(await(pending.remove()));
            }
            if (region == file.count() || file.offset(region) >= start + length) {
                pending.add(CompletableFuture.completedFuture(ChecksumBuilder.zeros(length)));
                continue;
            }
            byte[] chunk = buffer(buffer++ % BUFFERS);
            fill(chunk, start, length, file, region, source, sink);
            pending.add(sums.submit(() -> ChecksumBuilder.digest(chunk, length)));
        }
        while (!pending.isEmpty()) {
            checksum.add(await(pending.remove()));
        }
        return checksum.build();
    }

    private byte[] buffer(int index) {
        if (buffers[index] == null) {
            buffers[index] = new byte[CHUNK];
        }
        return buffers[index];
    }

    private void fill(byte[] chunk, long start, int length, ExtentMap file, int first, Source source, Sink sink)
            throws IOException {
        int filled = 0;
        for (int i = first; i < file.count() && file.offset(i) < start + length; i++) {
            int from = (int) (Math.max(file.offset(i), start) - start);
            int count = (int) (Math.min(file.end(i), start + length) - start) - from;
            Arrays.fill(chunk, filled, from, (byte) 0);
            source.read(start + from, chunk, from, count);
            sink.write(start + from, chunk, from, count);
            listener.passed(count);
            filled = from + count;
        }
        Arrays.fill(chunk, filled, length, (byte) 0);
    }

    private static byte[] await(Future<byte[]> sum) {
        try {
            return sum.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SmolVmException(ErrorKind.INTERRUPTED, "interrupted", "", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        sums.shutdownNow();
    }
}
