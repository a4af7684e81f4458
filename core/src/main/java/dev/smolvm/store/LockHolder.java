package dev.smolvm.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Finds who holds a byte-range lock, from {@code /proc/locks} (proc(5)). Best effort: for messages only. */
final class LockHolder {
    /** {@code sandbox snapshot create}, {@code sandbox exec NAME} */
    private static final int WORDS = 3;

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
                        .map(ProcessHandle::info)
                        .flatMap(i -> smolvm(i).or(() -> i.command()
                                .map(c -> Path.of(c).getFileName().toString())))
                        .map(c -> " (" + c + ")")
                        .orElse("");
    }

    /** Its first words, if it is one of ours: enough to recognise it, and no option, whose value may be a secret. */
    private static Optional<String> smolvm(ProcessHandle.Info info) {
        List<String> words = List.of(info.arguments().orElse(new String[0]));
        int main = words.indexOf("dev.smolvm.cli.Main");
        if (main < 0) {
            return Optional.empty();
        }
        return Optional.of(words.subList(main + 1, words.size()).stream()
                .takeWhile(w -> !w.startsWith("-"))
                .limit(WORDS)
                .collect(Collectors.joining(" ", "smolvm ", ""))
                .strip());
    }
}
