package dev.smolvm.store;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Puts a {@link Checksum} together from the digests of a file's chunks, in order. */
public final class ChecksumBuilder {
    /** All chunks but the last have this size, in bytes. */
    public static final int CHUNK = 4 << 20;

    /** Known, since every command that looks at a checksum would compute it: 45 ms in a JVM that has just started. */
    private static final byte[] ZERO_CHUNK =
            HexFormat.of().parseHex("bb9f8df61474d25e71fa00722318cd387396ca1736605e1248821cc0de3d3af8");

    private final MessageDigest all = sha256();

    /** The digest of a chunk of zeros. */
    public static byte[] zeros(int length) {
        return length == CHUNK ? ZERO_CHUNK : sha256().digest(new byte[length]);
    }

    public void add(byte[] digest) {
        all.update(digest);
    }

    /** To be called once. */
    public Checksum build() {
        return new Checksum(Checksum.PREFIX + HexFormat.of().formatHex(all.digest()));
    }

    /** What chunks are summed with. */
    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
