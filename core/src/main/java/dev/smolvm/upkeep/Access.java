package dev.smolvm.upkeep;

import dev.smolvm.os.FileModes;
import dev.smolvm.os.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;

/** Whose files are, and who may use them. Everything is its owner's alone; see docs/format.md. */
final class Access {
    private static final int PERMISSIONS = 07777;
    private static final int OTHERS = 0077;

    private final Findings findings;
    private final int owner;

    /** @param root its owner is to own everything */
    Access(Findings findings, Path root) throws IOException {
        this.findings = findings;
        this.owner = (int) attributes(root).get("uid");
    }

    void directory(Path directory) throws IOException {
        check(directory, List.of("rwx------"));
    }

    /** A file that is written again and again. */
    void file(Path file) throws IOException {
        check(file, List.of("rw-------"));
    }

    /** A file in {@code layers/}; a jail shares it by its group. */
    void sealed(Path file) throws IOException {
        check(file, List.of("r--------", "r--r-----"));
    }

    /** A snapshot's device state or memory; a jail shares it by its group. */
    void saved(Path file) throws IOException {
        check(file, List.of("rw-------", "r--------", "r--r-----"));
    }

    private void check(Path path, List<String> allowed) throws IOException {
        Map<String, Object> attributes;
        try {
            attributes = attributes(path);
        } catch (NoSuchFileException e) {
            // Removed just now.
            return;
        }
        int actual = (int) attributes.get("mode") & PERMISSIONS;
        if ((int) attributes.get("uid") != owner) {
            findings.add(
                    Finding.Kind.ACCESS,
                    path,
                    "belongs to another user",
                    "that user can change it",
                    "chown " + owner + " " + Shell.quote(path.toString()));
        } else if (allowed.stream().noneMatch(a -> bits(a) == actual)) {
            findings.repairable(
                    Finding.Kind.ACCESS,
                    path,
                    "has mode %04o instead of %04o".formatted(actual, bits(allowed.getFirst())),
                    (actual & OTHERS) != 0 ? "other users may use it" : "it may be changed, or not be usable",
                    () -> FileModes.set(path, PosixFilePermissions.fromString(allowed.getFirst())));
        }
    }

    private static int bits(String mode) {
        int bits = 0;
        for (char c : mode.toCharArray()) {
            bits = bits << 1 | (c == '-' ? 0 : 1);
        }
        return bits;
    }

    private static Map<String, Object> attributes(Path path) throws IOException {
        return Files.readAttributes(path, "unix:mode,uid", LinkOption.NOFOLLOW_LINKS);
    }
}
