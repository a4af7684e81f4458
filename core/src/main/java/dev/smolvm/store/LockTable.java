package dev.smolvm.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One process's locks on bytes of one file. The kernel gives a lock to a process; this gives it on to the process's threads,
 * any number of which may share a byte that the process holds shared.
 *
 * <p>The file is opened once a process and stays open, because POSIX drops all locks of a process on a file when the process
 * closes any descriptor of it.
 */
final class LockTable {
    private static final Map<Path, LockTable> TABLES = new ConcurrentHashMap<>();

    private final Path file;
    private final Map<Long, Entry> held = new HashMap<>();
    private FileChannel channel;

    private LockTable(Path file) {
        this.file = file;
    }

    private static final class Entry {
        private final FileLock lock;
        private int holders = 1;

        Entry(FileLock lock) {
            this.lock = lock;
        }
    }

    static LockTable of(Path file) {
        return TABLES.computeIfAbsent(file, LockTable::new);
    }

    /** Takes one byte; whether it did. */
    synchronized boolean tryLock(long offset, boolean shared) throws IOException {
        Entry entry = held.get(offset);
        if (entry != null) {
            if (!shared || !entry.lock.isShared()) {
                return false;
            }
            entry.holders++;
            return true;
        }
        try {
            FileLock lock = channel().tryLock(offset, 1, shared);
            if (lock == null) {
                return false;
            }
            held.put(offset, new Entry(lock));
            return true;
        } catch (OverlappingFileLockException e) {
            // Held by this process under another path to the same file.
            return false;
        }
    }

    synchronized void release(long offset) throws IOException {
        Entry entry = held.get(offset);
        if (--entry.holders == 0) {
            held.remove(offset);
            entry.lock.release();
        }
    }

    private FileChannel channel() throws IOException {
        if (channel == null || !channel.isOpen()) {
            channel = FileChannel.open(
                    file, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        }
        return channel;
    }
}
