package dev.smolvm.snapshot;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** How many mappings of a VMM's may be those of its guest's memory: half of what Linux lets a process have. */
final class MappingLimit {
    private static final Path SETTING = Path.of("/proc/sys/vm/max_map_count");
    /** Linux's default. */
    private static final int USUAL = 65_530;

    private MappingLimit() {}

    static int ofThisHost() {
        // In one read, and that not of a byte: the kernel gives such a file once.
        byte[] setting = new byte[32];
        try (InputStream in = Files.newInputStream(SETTING)) {
            int length = in.read(setting);
            return of(new String(setting, 0, Math.max(0, length), StandardCharsets.US_ASCII));
        } catch (IOException e) {
            return of("");
        }
    }

    static int of(String setting) {
        try {
            return Integer.parseInt(setting.strip()) / 2;
        } catch (NumberFormatException e) {
            return USUAL / 2;
        }
    }
}
