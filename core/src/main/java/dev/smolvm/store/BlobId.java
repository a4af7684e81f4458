package dev.smolvm.store;

import dev.smolvm.json.JsonFormatException;
import java.security.SecureRandom;
import java.util.HexFormat;

/** The id of an immutable file in the store: 128 bits, as 32 hex digits. */
public record BlobId(String value) {
    private static final SecureRandom RANDOM = new SecureRandom();

    public BlobId {
        if (!value.matches("[0-9a-f]{32}")) {
            throw new JsonFormatException("not a blob id: " + Names.printable(value));
        }
    }

    public static BlobId random() {
        byte[] bytes = new byte[16];
        RANDOM.nextBytes(bytes);
        return new BlobId(HexFormat.of().formatHex(bytes));
    }

    @Override
    public String toString() {
        return value;
    }
}
