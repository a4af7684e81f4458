package dev.smolvm.snapshot;

import dev.smolvm.json.JsonFormatException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The SHA-256, in hex, of the header and the runs of a file of changed memory. A restore reads that part anyway, and one wrong
 * bit in it puts good pages at wrong places; the whole file's checksum would take reading it whole.
 */
public record IndexChecksum(String value) {
    public IndexChecksum {
        if (!value.matches("[0-9a-f]{64}")) {
            throw new JsonFormatException("not the checksum of an index");
        }
    }

    /** Takes the parts of an index as they are read. */
    static final class Sum {
        private final MessageDigest digest;

        Sum() {
            try {
                digest = MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }

        /** What remains in the buffer, which stays as it is. */
        Sum add(ByteBuffer part) {
            digest.update(part.duplicate());
            return this;
        }

        IndexChecksum end() {
            return new IndexChecksum(HexFormat.of().formatHex(digest.digest()));
        }
    }
}
