package dev.smolvm.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * What goes into every initramfs of ours.
 *
 * @param agent a static executable
 * @param modules names of the kernel modules it needs, without their dependencies
 */
record GuestPayload(byte[] agent, List<String> modules) {
    private static final String FOLDER = "/dev/smolvm/guest/payload/";

    /** From the jar, where the build put it. */
    static GuestPayload load() throws IOException {
        return new GuestPayload(
                resource("smolvm-agent"),
                new String(resource("modules.list"), StandardCharsets.UTF_8)
                        .lines()
                        .map(line -> line.replaceFirst("#.*", "").strip())
                        .filter(line -> !line.isEmpty())
                        .toList());
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = GuestPayload.class.getResourceAsStream(FOLDER + name)) {
            if (in == null) {
                throw new IllegalStateException("built without " + FOLDER + name);
            }
            return in.readAllBytes();
        }
    }

    /** Differs whenever the content does. */
    String fingerprint() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(agent);
            digest.update(String.join("\n", modules).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest.digest(), 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
