package dev.smolvm.store;

import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.os.ProcessesIn;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds the processes of sandboxes whose starter died before it could write anything down: by their working directory, which
 * is below the sandbox's; and those that a jailer gave another root, by a file that the launcher wrote (guest/launcher). Such a
 * file counts only where no VMM can write.
 */
public final class VmmProcesses {
    private static final int DEPTH = 2;
    private static final String PID = ".pid";

    private VmmProcesses() {}

    /** @param directory a run directory, a sandbox's, or one that holds some of those */
    public static List<ProcessIdentity> in(Path directory) throws IOException {
        List<ProcessIdentity> found = new ArrayList<>(ProcessesIn.directory(directory));
        for (Path file : pidFiles(directory)) {
            remembered(file).filter(p -> p.alive() && !found.contains(p)).ifPresent(found::add);
        }
        return found;
    }

    /** Ends them, and forgets their files. */
    public static void end(Path directory) throws IOException {
        in(directory).forEach(ProcessIdentity::kill);
        for (Path file : pidFiles(directory)) {
            Files.deleteIfExists(file);
        }
    }

    private static List<Path> pidFiles(Path directory) throws IOException {
        if (directory.getParent().endsWith(StoreLayout.VM)) {
            return pidFilesOf(directory);
        }
        try (Stream<Path> files = Files.find(
                directory,
                DEPTH,
                (path, attributes) -> attributes.isRegularFile()
                        && path.getFileName().toString().endsWith(PID)
                        && !directory.relativize(path).startsWith(StoreLayout.VM))) {
            return files.toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** That of the VMM, and those of what belongs to it. */
    private static List<Path> pidFilesOf(Path run) throws IOException {
        List<Path> found = new ArrayList<>();
        // Not as a pattern: the VMM may have named that directory.
        String begin = run.getFileName() + ".";
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(run.getParent().getParent())) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (name.startsWith(begin)
                        && name.endsWith(PID)
                        && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                    found.add(file);
                }
            }
        }
        return found;
    }

    /** Writes such a file. */
    public static void remember(ProcessIdentity process, Path file) throws IOException {
        DurableFiles.write(file, process.pid() + " " + process.startTicks() + " " + process.bootId() + "\n");
    }

    /** The process that such a file names, which may have ended; empty where there is no file. */
    public static Optional<ProcessIdentity> remembered(Path file) {
        try {
            String[] words = Files.readString(file).strip().split(" ");
            return words.length == 3
                    ? Optional.of(new ProcessIdentity(Long.parseLong(words[0]), Long.parseLong(words[1]), words[2]))
                    : Optional.empty();
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }
}
