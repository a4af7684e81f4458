package dev.smolvm.store;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Kernel locks on byte ranges of one file: byte 0 is the store, every object has one byte at an offset made from its name.
 * The kernel drops them when their owner dies, and nothing has to be created or removed for them. See {@link LockTable}.
 */
public final class StoreLocks {
    private static final Duration POLL = Duration.ofMillis(15);

    private final Path file;
    private final Duration timeout;

    StoreLocks(Path file, Duration timeout) {
        this.file = file;
        this.timeout = timeout;
    }

    /** A held lock. */
    public interface Held extends AutoCloseable {
        @Override
        void close();
    }

    /** The whole store, so that nothing comes or goes: for the collection of unreferenced layers. */
    public Optional<Held> tryStoreExclusive() {
        return tryLock(0, false);
    }

    /** Held by whatever uses or adds layers that no manifest names yet. */
    public Held storeShared() {
        return await(0, true, "the store");
    }

    public Held sandbox(SandboxName name) {
        return await(offset("sandbox/" + name), false, "sandbox " + name);
    }

    public Optional<Held> trySandbox(SandboxName name) {
        return tryLock(offset("sandbox/" + name), false);
    }

    /** Held to publish or remove a snapshot. */
    public Held snapshotExclusive(SnapshotId id) {
        return await(offset("snapshot/" + id), false, "snapshot " + id);
    }

    /** Held while a snapshot's files are read. */
    public Held snapshotShared(SnapshotId id) {
        return await(offset("snapshot/" + id), true, "snapshot " + id);
    }

    /** Empty while it is being published or removed. */
    public Optional<Held> trySnapshotShared(SnapshotId id) {
        return tryLock(offset("snapshot/" + id), true);
    }

    /** Empty while somebody reads, publishes or removes it. */
    public Optional<Held> trySnapshotExclusive(SnapshotId id) {
        return tryLock(offset("snapshot/" + id), false);
    }

    /** Held while a template of that name is made. */
    public Held template(String name) {
        return await(offset("template/" + name), false, "template " + name);
    }

    /** Empty while somebody makes it. */
    public Optional<Held> tryTemplate(String name) {
        return tryLock(offset("template/" + name), false);
    }

    public Held image(ImageName name) {
        return await(offset("image/" + name), false, "image " + name);
    }

    Optional<Held> tryStaging(String name) {
        return tryLock(offset("tmp/" + name), false);
    }

    private Held await(long offset, boolean shared, String what) {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (true) {
            Optional<Held> held = tryLock(offset, shared);
            if (held.isPresent()) {
                return held.get();
            }
            if (System.nanoTime() >= deadline) {
                throw new SmolVmException(
                        ErrorKind.CONFLICT,
                        what + " is busy"
                                + LockHolder.describe(file, offset)
                                        .map(h -> ": " + h)
                                        .orElse(""),
                        "wait for it to finish, or give --lock-timeout SECONDS to wait longer");
            }
            sleep();
        }
    }

    private Optional<Held> tryLock(long offset, boolean shared) {
        try {
            LockTable table = LockTable.of(file);
            if (!table.tryLock(offset, shared)) {
                return Optional.empty();
            }
            AtomicBoolean open = new AtomicBoolean(true);
            return Optional.of(() -> {
                if (open.getAndSet(false)) {
                    release(table, offset);
                }
            });
        } catch (IOException e) {
            throw SmolVmException.of("lock " + file, e);
        }
    }

    private static void release(LockTable table, long offset) {
        try {
            table.release(offset);
        } catch (IOException e) {
            throw SmolVmException.of("release a lock", e);
        }
    }

    private static void sleep() {
        try {
            Thread.sleep(POLL);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SmolVmException(ErrorKind.INTERRUPTED, "interrupted while waiting for a lock", "", e);
        }
    }

    static long offset(String name) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
            // Positive, never 0 (the store's own), and far from the largest offset a lock may have.
            return 1 + (ByteBuffer.wrap(digest).getLong() >>> 3);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
