package dev.smolvm.inspect;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** Paths that a program in a guest reports, as text. */
final class ReportedPath {
    private static final int LONGEST_NAME = 255;

    private ReportedPath() {}

    /** @param bytes from the tree's root on, {@code .} for the root itself */
    static String of(byte[] bytes) {
        String path = text(bytes);
        if (path.equals(".")) {
            return "/";
        }
        for (String name : path.split("/", -1)) {
            if (name.isEmpty() || Set.of(".", "..").contains(name) || name.indexOf('\0') >= 0) {
                throw new InvalidRecordsException("an impossible path");
            }
        }
        int length = 0;
        for (byte b : bytes) {
            length = b == '/' ? 0 : length + 1;
            if (length > LONGEST_NAME) {
                throw new InvalidRecordsException("a name longer than any can be");
            }
        }
        return "/" + path;
    }

    /** UTF-8; otherwise each byte that is not ASCII as {@code \xNN}. */
    private static String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            StringBuilder escaped = new StringBuilder();
            for (byte b : bytes) {
                escaped.append(b >= 0 ? Character.toString(b) : "\\x%02x".formatted(b & 0xFF));
            }
            return escaped.toString();
        }
    }
}
