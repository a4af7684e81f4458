package dev.smolvm.store;

import dev.smolvm.json.JsonFormatException;
import java.nio.file.Path;

/**
 * The checksum of a file: {@code sha256-4m:} and the SHA-256, in hex, of the concatenated SHA-256 digests of the file's
 * 4 MiB chunks (the last one may be shorter). Chunks make it parallel and let holes cost nothing.
 */
public record Checksum(String value) {
    static final String PREFIX = "sha256-4m:";

    public Checksum {
        if (!value.matches(PREFIX + "[0-9a-f]{64}")) {
            throw new JsonFormatException("not a checksum: " + Names.printable(value));
        }
    }

    /** Reads the whole file; holes are not read. */
    public static Checksum of(Path file) throws java.io.IOException {
        return new ChecksumReader(file).checksum();
    }

    @Override
    public String toString() {
        return value;
    }
}
