package dev.smolvm.store;

import dev.smolvm.json.JsonFormatException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/**
 * The checksum of a file: {@code sha256-4m:} and the SHA-256, in hex, of the concatenated SHA-256 digests of the file's
 * 4 MiB chunks (the last one may be shorter). Chunks make it parallel and let holes cost nothing.
 */
public record Checksum(String value) {
    static final String PREFIX = "sha256-4m:";
    private static final int DIGITS = 64;

    public Checksum {
        if (!value.startsWith(PREFIX) || !Names.isHex(value, PREFIX.length(), DIGITS)) {
            throw new JsonFormatException("not a checksum: " + Names.printable(value));
        }
    }

    /** Reads the whole file; holes are not read. */
    public static Checksum of(Path file) throws IOException {
        return of(file, _ -> {});
    }

    /**
     * Reads the whole file; holes are not read.
     *
     * @param progress told the bytes of each part that is done, holes too, from several threads; what it throws ends the reading
     */
    public static Checksum of(Path file, LongConsumer progress) throws IOException {
        return new ChecksumReader(file, progress).checksum();
    }

    @Override
    public String toString() {
        return value;
    }
}
