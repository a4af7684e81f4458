package dev.smolvm.store;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A directory under {@code tmp/} where something unfinished is built. Closing it removes what was not published; if the
 * process dies, its lock dies with it and the next command removes the directory.
 */
public final class Staging implements AutoCloseable {
    private final Path directory;
    private final StoreLocks.Held lock;

    Staging(Path directory, StoreLocks.Held lock) {
        this.directory = directory;
        this.lock = lock;
    }

    public Path directory() {
        return directory;
    }

    public Path file(String name) {
        return directory.resolve(name);
    }

    /** Makes everything in {@code source} (in this directory) durable and gives it its final place, which must be free. */
    public void publish(Path source, Path target) throws IOException {
        DurableFiles.syncTree(source);
        DurableFiles.move(source, target);
    }

    @Override
    public void close() {
        try {
            DurableFiles.deleteTree(directory);
        } catch (IOException e) {
            // The sweep of the next command tries again.
        } finally {
            lock.close();
        }
    }
}
