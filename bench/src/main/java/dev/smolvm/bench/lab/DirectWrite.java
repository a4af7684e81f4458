package dev.smolvm.bench.lab;

import dev.smolvm.os.Command;
import dev.smolvm.os.DirectIo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The least that writing takes: one file from its beginning to its end, past the page cache where that goes, and fsync. */
public final class DirectWrite {
    private static final int BLOCK = 1 << 20;

    private DirectWrite() {}

    /** Has {@code dd} write so many bytes, in whole blocks of 1 MiB, and removes the file again; returns how long it took, in ms. */
    public static double millis(Path directory, long bytes) throws IOException {
        Path file = directory.resolve("written");
        List<String> line = new ArrayList<>(List.of(
                "dd",
                "if=/dev/zero",
                "of=" + file,
                "bs=" + BLOCK,
                "count=" + (bytes + BLOCK - 1) / BLOCK,
                "conv=fsync",
                "status=none"));
        if (DirectIo.worksIn(directory)) {
            line.add("oflag=direct");
        }
        long start = System.nanoTime();
        Command.of(line).check();
        double took = (System.nanoTime() - start) / 1e6;
        Files.delete(file);
        return took;
    }
}
