package dev.smolvm.archive;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.Shell;
import dev.smolvm.os.Uninterrupted;
import dev.smolvm.store.DurableFiles;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.UUID;

/**
 * A file that is written beside its place and takes it once it is complete and durable. What was not completed is removed. Mode
 * 0600: it holds a machine's memory.
 */
final class ArchiveTarget implements AutoCloseable {
    private final Path file;
    private final boolean replace;
    private final Path unfinished;

    private ArchiveTarget(Path file, boolean replace, Path unfinished) {
        this.file = file;
        this.replace = replace;
        this.unfinished = unfinished;
    }

    /** @throws SmolVmException conflict: the file exists; usage: something else is there; not found: its directory */
    static ArchiveTarget open(Path given, boolean replace) throws IOException {
        Path file = given.toAbsolutePath();
        if (file.getFileName() == null) {
            throw new SmolVmException(ErrorKind.USAGE, file + " is not a plain file", "name another file");
        }
        if (!Files.isDirectory(file.getParent())) {
            throw new SmolVmException(
                    ErrorKind.NOT_FOUND,
                    "there is no directory " + file.getParent() + " to write to",
                    "mkdir -p " + Shell.quote(file.getParent().toString()));
        }
        checkFree(file, replace);
        Path unfinished = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID());
        DurableFiles.createFile(unfinished);
        return new ArchiveTarget(file, replace, unfinished);
    }

    private static void checkFree(Path file, boolean replace) {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new SmolVmException(ErrorKind.USAGE, file + " is not a plain file", "name another file");
        }
        if (!replace) {
            throw new SmolVmException(
                    ErrorKind.CONFLICT, file + " exists already", "name another file, or replace it with --force");
        }
    }

    OutputStream stream() throws IOException {
        return new BufferedOutputStream(Files.newOutputStream(unfinished), 1 << 16);
    }

    /** Returns the file's size in bytes. */
    long finish() throws IOException {
        DurableFiles.sync(unfinished);
        long bytes = Files.size(unfinished);
        checkFree(file, replace);
        // It takes its place, or does not: an interruption in between would tell the user the wrong one of the two.
        Uninterrupted.run(this::takePlace);
        return bytes;
    }

    private void takePlace() {
        try {
            DurableFiles.replace(unfinished, file);
        } catch (IOException e) {
            throw SmolVmException.of("write " + file, e);
        }
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(unfinished);
    }
}
