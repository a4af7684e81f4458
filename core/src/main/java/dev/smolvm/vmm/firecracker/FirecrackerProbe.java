package dev.smolvm.vmm.firecracker;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.json.JsonParser;
import dev.smolvm.os.Command;
import dev.smolvm.store.DurableFiles;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks a Firecracker what it is, on its command line. Log lines surround every answer. */
final class FirecrackerProbe {
    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final Pattern VERSION =
            Pattern.compile("(?m)^Firecracker (v[0-9]+\\.[0-9]+\\.[0-9]+[0-9A-Za-z.-]*)$");
    private static final Pattern FORMAT = Pattern.compile("(?m)^v([0-9]{1,4}\\.[0-9]{1,4}\\.[0-9]{1,4})$");

    private FirecrackerProbe() {}

    static Answers ask(Path binary) {
        String version = answer(binary, VERSION, "--version")
                .orElseThrow(() -> new SmolVmException(
                        ErrorKind.INCOMPATIBLE,
                        binary + " does not say that it is Firecracker",
                        binary + " --version shows what it is"));
        String format = answer(binary, FORMAT, "--snapshot-version")
                .orElseThrow(() -> new SmolVmException(
                        ErrorKind.INCOMPATIBLE,
                        binary + " does not say which snapshots it writes",
                        "install Firecracker " + FirecrackerVersion.OLDEST + " or later"));
        return new Answers(FirecrackerVersion.parse(version), format);
    }

    private static Optional<String> answer(Path binary, Pattern wanted, String... arguments) {
        Command.Result result =
                Command.of(binary.toString(), arguments).timeout(DEADLINE).run();
        Matcher line = wanted.matcher(result.output());
        return result.exitCode() == 0 && line.find() ? Optional.of(line.group(1)) : Optional.empty();
    }

    /** What it said. */
    record Answers(FirecrackerVersion version, String snapshotVersion) {
        static Optional<Answers> remembered(Path cache, String key) throws IOException {
            if (!Files.exists(cache)) {
                return Optional.empty();
            }
            try {
                JsonFields json = JsonFields.of(JsonParser.read(cache), "firecracker");
                return json.string("key").equals(key)
                        ? Optional.of(new Answers(
                                FirecrackerVersion.parse(json.string("version")), json.string("snapshot_version")))
                        : Optional.empty();
            } catch (JsonFormatException | SmolVmException e) {
                // Only a cache: ask again.
                return Optional.empty();
            }
        }

        void remember(Path cache, String key) throws IOException {
            try {
                DurableFiles.createDirectory(cache.getParent());
            } catch (FileAlreadyExistsException e) {
                // Made before, or by another process just now.
            }
            Path next = Files.createTempFile(cache.getParent(), "firecracker-", "");
            Files.writeString(
                    next,
                    Json.object()
                            .put("key", key)
                            .put("version", version.toString())
                            .put("snapshot_version", snapshotVersion)
                            .build()
                            .pretty());
            Files.move(next, cache, StandardCopyOption.ATOMIC_MOVE);
        }
    }
}
