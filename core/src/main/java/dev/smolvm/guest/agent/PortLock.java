package dev.smolvm.guest.agent;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * One port of a guest, held by the kernel's lock on {@code agent-N.lock}, which dies with its owner. The file says
 * {@code clean} while nobody has an unfinished session there; anything else (also an empty or a new file: a restored guest
 * may be in the middle of a frame) means that the guest may still wait for the rest of a frame.
 */
final class PortLock implements SessionLine {
    private static final byte[] CLEAN = "clean".getBytes(StandardCharsets.US_ASCII);
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rw-------");

    /** POSIX drops a process's locks on a file with any descriptor of it: so nobody opens one that this process holds. */
    private static final Set<Path> HELD_HERE = new HashSet<>();

    private final Path file;
    private final Path socket;
    private final FileChannel channel;
    private final boolean wasClean;

    private PortLock(Path file, Path socket, FileChannel channel, boolean wasClean) {
        this.file = file;
        this.socket = socket;
        this.channel = channel;
        this.wasClean = wasClean;
    }

    /** Takes the first free port; empty where all are taken. */
    static Optional<PortLock> tryAny(Path directory, int ports) throws IOException {
        Path real = directory.toRealPath();
        for (int port = 0; port < ports; port++) {
            PortLock lock = tryPort(real.resolve("agent-" + port + ".lock"), real.resolve("agent-" + port + ".sock"));
            if (lock != null) {
                return Optional.of(lock);
            }
        }
        return Optional.empty();
    }

    private static PortLock tryPort(Path file, Path socket) throws IOException {
        synchronized (HELD_HERE) {
            if (!HELD_HERE.add(file)) {
                return null;
            }
        }
        PortLock lock = null;
        try {
            lock = tryOpen(file, socket);
            return lock;
        } finally {
            if (lock == null) {
                forget(file);
            }
        }
    }

    private static void forget(Path file) {
        synchronized (HELD_HERE) {
            HELD_HERE.remove(file);
        }
    }

    private static PortLock tryOpen(Path file, Path socket) throws IOException {
        // The VMM may write to this directory: a link that it puts here must not make us empty another file.
        FileChannel channel = FileChannel.open(
                file,
                Set.of(
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.CREATE,
                        LinkOption.NOFOLLOW_LINKS),
                PosixFilePermissions.asFileAttribute(PRIVATE));
        try {
            FileLock lock = tryLock(channel);
            if (lock == null) {
                channel.close();
                return null;
            }
            ByteBuffer content = ByteBuffer.allocate(CLEAN.length + 1);
            channel.read(content, 0);
            boolean clean = content.flip().equals(ByteBuffer.wrap(CLEAN));
            // Before the first byte of a session: whoever dies in it leaves this behind.
            channel.truncate(0);
            return new PortLock(file, socket, channel, clean);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    Path socket() {
        return socket;
    }

    @Override
    public boolean wasClean() {
        return wasClean;
    }

    @Override
    public void markClean() throws IOException {
        channel.write(ByteBuffer.wrap(CLEAN), 0);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } finally {
            forget(file);
        }
    }
}
