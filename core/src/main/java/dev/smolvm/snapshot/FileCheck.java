package dev.smolvm.snapshot;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.Blob;
import dev.smolvm.store.Checksum;
import dev.smolvm.store.StoreLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Compares files with what manifests say of them: in parallel, a few megabytes of each processor's at a time, and holes without
 * reading them. Progress is told in bytes.
 */
public final class FileCheck {
    private final Thread owner = Thread.currentThread();
    private final Map<Expected, String> problems = new ConcurrentHashMap<>();
    private final LongAdder done = new LongAdder();
    private final Progress progress;
    private final long total;

    private FileCheck(Progress progress, long total) {
        this.progress = progress;
        this.total = total;
    }

    /** @param size in bytes */
    public record Expected(Path file, long size, Checksum checksum) {
        public static Expected of(StoreLayout layout, Blob blob) {
            return new Expected(layout.blob(blob), blob.size(), blob.checksum());
        }

        public static Expected of(Path directory, SavedFile saved) {
            return new Expected(directory.resolve(saved.name()), saved.size(), saved.checksum());
        }

        /** What can be seen of it to be wrong without reading it. */
        public Optional<String> problem() {
            try {
                if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                    return Optional.of("is missing");
                }
                if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                    return Optional.of("is not a plain file");
                }
                long actual = Files.size(file);
                return actual == size ? Optional.empty() : Optional.of("has " + actual + " bytes instead of " + size);
            } catch (IOException e) {
                return Optional.of("cannot be read: " + e.getMessage());
            }
        }
    }

    /**
     * What is wrong with files; those without a fault are not in it.
     *
     * @throws SmolVmException interrupted
     */
    public static Map<Expected, String> problems(Collection<Expected> files, Progress progress) {
        long total = files.stream().mapToLong(Expected::size).sum();
        FileCheck check = new FileCheck(progress, total);
        try {
            files.parallelStream().forEach(check::compare);
            // Others may have done all the work.
            progress.advance(check.done.sum(), total);
        } catch (CancellationException e) {
            // Said below.
        }
        if (check.owner.isInterrupted()) {
            throw new SmolVmException(ErrorKind.INTERRUPTED, "interrupted while files were verified", "");
        }
        return check.problems;
    }

    private void compare(Expected expected) {
        Optional<String> wrong = expected.problem();
        if (wrong.isPresent()) {
            problems.put(expected, wrong.get());
            advance(expected.size());
            return;
        }
        try {
            if (!Checksum.of(expected.file(), this::advance).equals(expected.checksum())) {
                problems.put(expected, "does not match its checksum");
            }
        } catch (IOException e) {
            problems.put(expected, "cannot be read: " + e.getMessage());
        }
    }

    /** Progress belongs to one thread; it takes part in the work, so it comes by often enough. */
    private void advance(long bytes) {
        if (owner.isInterrupted()) {
            throw new CancellationException();
        }
        done.add(bytes);
        if (Thread.currentThread() == owner) {
            progress.advance(done.sum(), total);
        }
    }
}
