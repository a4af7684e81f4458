package dev.smolvm.vmm.firecracker;

import dev.smolvm.store.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Since which capture a Firecracker process has tracked its guest's writes. Every capture starts its tracking anew, also one
 * whose result is lost: so the mark is taken away before each, and only set again once the result is safe. Without it the next
 * diff snapshot saves all memory and compares it.
 */
final class WriteTracking {
    private static final int MAX_NAME = 200;

    private final Path mark;

    WriteTracking(Path run) {
        this.mark = run.resolve(RunFiles.MARK);
    }

    boolean since(String name) {
        return read().filter(name::equals).isPresent();
    }

    void forget() throws IOException {
        Files.deleteIfExists(mark);
    }

    /** A mark that cannot be written costs the next diff snapshot time, and nothing else. */
    void mark(String name) {
        try {
            forget();
            DurableFiles.write(mark, name);
        } catch (IOException e) {
            // As said.
        }
    }

    private Optional<String> read() {
        try {
            return Files.isRegularFile(mark, LinkOption.NOFOLLOW_LINKS) && Files.size(mark) < MAX_NAME
                    ? Optional.of(Files.readString(mark))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
