package dev.smolvm.os;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether a file system takes reads and writes past the page cache (open(2), O_DIRECT). */
public final class DirectIo {
    private static final int O_DIRECT = 0x4000;

    private DirectIo() {}

    /** Tries it with a small file in {@code directory}, which must be writable. */
    public static boolean worksIn(Path directory) throws IOException {
        Path probe = Files.createTempFile(directory, "direct-io-", "");
        try {
            Libc.close(Libc.open(probe.toString(), Libc.O_RDWR | O_DIRECT));
            return true;
        } catch (Libc.ErrnoException e) {
            return false;
        } finally {
            Files.deleteIfExists(probe);
        }
    }
}
