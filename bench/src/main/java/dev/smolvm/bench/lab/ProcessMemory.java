package dev.smolvm.bench.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a process has in memory (proc(5), {@code smaps_rollup}). */
public final class ProcessMemory {
    private ProcessMemory() {}

    /** Its proportional set size, in MiB: pages that several processes share count for each in part. */
    public static double proportionalMib(long pid) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup"))) {
            if (line.startsWith("Pss:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024.0;
            }
        }
        throw new IOException("/proc/" + pid + "/smaps_rollup has no Pss");
    }
}
