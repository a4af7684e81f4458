package dev.smolvm.store;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Makes files and directories durable while whoever made them goes on. What names them is published only after {@link #await}.
 * Used by one thread.
 */
public final class PendingSyncs implements AutoCloseable {
    private final List<FutureTask<Void>> pending = new ArrayList<>();

    /** @param path holds already what has to last; it stays where it is until this is awaited or closed */
    public void add(Path path) {
        FutureTask<Void> sync = new FutureTask<>(() -> {
            DurableFiles.sync(path);
            return null;
        });
        pending.add(sync);
        // Each on its own: the file system writes all of them in one go.
        Thread thread = new Thread(sync, "smolvm-sync");
        thread.setDaemon(true);
        try {
            thread.start();
        } catch (OutOfMemoryError e) {
            // So the JDK says that there may be no more threads; nobody may wait for one that is not there.
            sync.run();
        }
    }

    /**
     * Returns when all of them are durable.
     *
     * @throws IOException one of them cannot be made so
     */
    public void await() throws IOException {
        try {
            for (FutureTask<Void> sync : pending) {
                sync.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SmolVmException(ErrorKind.INTERRUPTED, "interrupted while files are written to disk", "", e);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException failure -> throw failure;
                case RuntimeException failure -> throw failure;
                case Error error -> throw error;
                default -> throw new IllegalStateException(e.getCause());
            }
        }
    }

    /** Returns when none of the files is in use here any more, whether they are durable or not. */
    @Override
    public void close() {
        boolean interrupted = false;
        for (FutureTask<Void> sync : pending) {
            while (!sync.isDone()) {
                try {
                    sync.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    // Whoever needed it has awaited it; the others gave up for another reason.
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
