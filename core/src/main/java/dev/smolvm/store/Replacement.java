package dev.smolvm.store;

import java.io.IOException;
import java.nio.file.Path;

/** A new content for a small file, written and not yet in its place. Closing it removes what was not published. */
public final class Replacement implements AutoCloseable {
    private final Staging staging;
    private final Path next;
    private final Path target;

    Replacement(Staging staging, Path next, Path target) {
        this.staging = staging;
        this.next = next;
        this.target = target;
    }

    /** Replaces the file in one step; it and its name are durable then. The content is so already. */
    public void publish() throws IOException {
        DurableFiles.replaceStaged(next, target);
    }

    @Override
    public void close() {
        staging.close();
    }
}
