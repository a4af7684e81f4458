package dev.smolvm.archive;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.Checksum;
import dev.smolvm.store.ChecksumBuilder;
import java.security.MessageDigest;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Sums files, one after the other, on a thread of its own, from a few small buffers that are filled in turn. */
final class PartSums implements AutoCloseable {
    /** The size of a buffer, in bytes: whole pages. Whole chunks would be most of a command's memory. */
    static final int PART = 256 << 10;

    private static final int BUFFERS = 8;
    private static final byte[] ZEROS = new byte[64 << 10];

    private final ExecutorService thread = Executors.newSingleThreadExecutor(work -> {
        Thread summing = new Thread(work, "checksums");
        summing.setDaemon(true);
        return summing;
    });
    private final BlockingQueue<byte[]> free = new ArrayBlockingQueue<>(BUFFERS);
    private int made;
    // These are used by that thread alone.
    private final MessageDigest chunk = ChecksumBuilder.sha256();
    private ChecksumBuilder file = new ChecksumBuilder();
    private Throwable failure;

    /** A buffer to be filled and given to {@link #add}. Waits until one has been summed if there is none. */
    byte[] free() {
        byte[] buffer = free.poll();
        if (buffer != null) {
            return buffer;
        }
        if (made < BUFFERS) {
            made++;
            return new byte[PART];
        }
        try {
            return free.take();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** The next bytes of the chunk. */
    void add(byte[] buffer, int length) {
        run(() -> {
            try {
                chunk.update(buffer, 0, length);
            } finally {
                free.add(buffer);
            }
        });
    }

    /** So many zeros of the chunk. */
    void zeros(int length) {
        if (length > 0) {
            run(() -> {
                for (int done = 0; done < length; done += ZEROS.length) {
                    chunk.update(ZEROS, 0, Math.min(ZEROS.length, length - done));
                }
            });
        }
    }

    void endChunk() {
        run(() -> file.add(chunk.digest()));
    }

    /** Chunks of zeros alone; shorter than whole ones only at the end of the file. */
    void hole(long length) {
        run(() -> {
            for (long left = length; left > 0; left -= ChecksumBuilder.CHUNK) {
                file.add(ChecksumBuilder.zeros((int) Math.min(ChecksumBuilder.CHUNK, left)));
            }
        });
    }

    /** What fails, such as for want of memory, must not leave a part out of the checksum. */
    private void run(Runnable work) {
        thread.execute(() -> {
            try {
                work.run();
            } catch (RuntimeException | Error e) {
                failure = e;
            }
        });
    }

    /** The checksum of all chunks since the last one. */
    Checksum take() {
        Future<Checksum> sum = thread.submit(() -> {
            if (failure != null) {
                throw new IllegalStateException("the checksum could not be computed", failure);
            }
            Checksum done = file.build();
            file = new ChecksumBuilder();
            return done;
        });
        try {
            return sum.get();
        } catch (InterruptedException e) {
            throw interrupted(e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private static SmolVmException interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new SmolVmException(ErrorKind.INTERRUPTED, "interrupted", "", cause);
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
