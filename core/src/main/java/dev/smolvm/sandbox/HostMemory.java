package dev.smolvm.sandbox;

import dev.smolvm.error.SmolVmException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much memory this machine has: a guest with more would not start, and with less only as long as it does not use it. */
final class HostMemory {
    private static final String TOTAL = "MemTotal:";

    private HostMemory() {}

    /** In MiB (proc(5), meminfo). */
    static int mib() {
        Path file = Path.of("/proc/meminfo");
        try (var lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(TOTAL))
                    .map(line -> line.replaceAll("[^0-9]", ""))
                    .mapToInt(kib -> (int) Math.min(Integer.MAX_VALUE, Long.parseLong(kib) >> 10))
                    .findFirst()
                    .orElse(Integer.MAX_VALUE);
        } catch (IOException e) {
            throw SmolVmException.of("read " + file, e);
        }
    }
}
