package dev.smolvm.os;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What kind of program a file is. */
public final class Executables {
    private static final int HEAD = 4096;

    private Executables() {}

    /** Whether it runs without any other file: a dynamic ELF program names its loader near its beginning. */
    public static boolean isStatic(Path program) {
        try (InputStream in = Files.newInputStream(program)) {
            String head = new String(in.readNBytes(HEAD), StandardCharsets.ISO_8859_1);
            return head.startsWith("\177ELF") && !head.contains("/ld-");
        } catch (IOException e) {
            return false;
        }
    }
}
