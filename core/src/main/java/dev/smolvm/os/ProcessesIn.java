package dev.smolvm.os;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds processes by their working directory. Every VMM runs in a directory of its own, so this finds one whose starter died
 * before it could write anything down.
 */
public final class ProcessesIn {
    private ProcessesIn() {}

    /** Processes of this user that work in {@code directory} or below it. */
    public static List<ProcessIdentity> directory(Path directory) throws IOException {
        Path real = directory.toRealPath();
        List<ProcessIdentity> found = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                try {
                    if (Files.readSymbolicLink(process.resolve("cwd")).startsWith(real)) {
                        ProcessIdentity.of(Long.parseLong(process.getFileName().toString()))
                                .ifPresent(found::add);
                    }
                } catch (IOException e) {
                    // Ended meanwhile, or somebody else's.
                }
            }
        }
        return found;
    }
}
