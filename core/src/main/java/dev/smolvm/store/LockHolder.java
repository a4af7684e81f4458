package dev.smolvm.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds who holds a byte-range lock, from {@code /proc/locks} (proc(5)). Best effort: for messages only. */
final class LockHolder {
    private LockHolder() {}

    static Optional<String> describe(Path file, long offset) {
        try {
            String inode = ":" + Files.getAttribute(file, "unix:ino") + " ";
            try (Stream<String> lines = Files.lines(Path.of("/proc/locks"))) {
                // "1: POSIX  ADVISORY  WRITE 4711 fe:00:131084 17 17"
                return lines.filter(
                                l -> l.contains(inode) && l.endsWith(" " + offset + " " + offset) && !l.contains("->"))
                        .map(l -> l.trim().split("\\s+"))
                        .map(words -> Long.parseLong(words[4]))
                        .findFirst()
                        .map(LockHolder::process);
            }
        } catch (IOException | RuntimeException e) {
            return Optional.empty();
        }
    }

    private static String process(long pid) {
        if (pid == ProcessHandle.current().pid()) {
            return "held by this process";
        }
        return "held by process " + pid
                + ProcessHandle.of(pid)
                        .flatMap(p -> p.info().command())
                        .map(c -> " (" + Path.of(c).getFileName() + ")")
                        .orElse("");
    }
}
