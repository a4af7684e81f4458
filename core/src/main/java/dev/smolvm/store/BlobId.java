package dev.smolvm.store;

import dev.smolvm.json.JsonFormatException;
import java.security.SecureRandom;
import java.util.HexFormat;

/** The id of an immutable file in the store: 128 bits, as 32 hex digits. */
public record BlobId(String value) {
    private static final int DIGITS = 32;

    public BlobId {
        if (!Names.isHex(value, 0, DIGITS)) {
            throw new JsonFormatException("not a blob id: " + Names.printable(value));
        }
    }

    public static BlobId random() {
        byte[] bytes = new byte[16];
        Random.SOURCE.nextBytes(bytes);
        return new BlobId(HexFormat.of().formatHex(bytes));
    }

    @Override
    public String toString() {
        return value;
    }

    /** Made when first needed: most commands make no ids, and the JDK takes 10 ms to find its source. */
    private static final class Random {
        static final SecureRandom SOURCE = new SecureRandom();
    }
}
