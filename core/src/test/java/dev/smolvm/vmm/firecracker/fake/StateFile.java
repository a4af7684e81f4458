package dev.smolvm.vmm.firecracker.fake;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.json.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;

/** Device state in a format of the fake's own: a line with a magic word and a version, JSON, and a checksum of both. */
final class StateFile {
    private static final String MAGIC = "FAKE-FIRECRACKER-STATE ";

    private StateFile() {}

    static void write(Path file, Release release, Json.Obj state) throws IOException {
        String content = MAGIC + release.snapshotVersion() + "\n" + state.compact() + "\n";
        Files.writeString(file, content + checksum(content) + "\n");
    }

    private static String checksum(String content) {
        CRC32 sum = new CRC32();
        sum.update(content.getBytes(StandardCharsets.UTF_8));
        return String.format("%08x", sum.getValue());
    }

    static JsonFields read(Path file, Release release) throws Fault {
        String content;
        try {
            content = Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw failed("Failed to open snapshot file: " + Fault.system(e));
        }
        String version = version(content);
        if (!version.equals(release.snapshotVersion())) {
            throw failed("Failed to load snapshot state from file: Invalid data version: " + version);
        }
        int end = content.lastIndexOf('\n', content.length() - 2) + 1;
        String utf8 =
                new String(content.substring(0, end).getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        if (!content.substring(end).equals(checksum(utf8) + "\n")) {
            throw failed("Failed to load snapshot state from file: CRC64 validation failed");
        }
        try {
            return JsonFields.of(JsonParser.parse(utf8.substring(utf8.indexOf('\n') + 1)), "state");
        } catch (JsonFormatException e) {
            throw failed("Failed to load snapshot state from file: An error occurred during bitcode serialization: "
                    + e.getMessage());
        }
    }

    /** What {@code --describe-snapshot} prints; the checksum is not looked at. */
    static String describe(Path file) throws Fault {
        try {
            return version(Files.readString(file, StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            throw failed("Unable to open snapshot state file: " + Fault.system(e));
        }
    }

    private static String version(String content) throws Fault {
        int end = content.indexOf('\n');
        if (!content.startsWith(MAGIC) || end < 0) {
            throw failed(
                    "Failed to load snapshot state from file: An error occurred during bitcode serialization: bitcode error");
        }
        return content.substring(MAGIC.length(), end);
    }

    private static Fault failed(String why) {
        return Fault.of(
                "Load snapshot error: Failed to restore from snapshot: Failed to get snapshot state from file: " + why);
    }
}
