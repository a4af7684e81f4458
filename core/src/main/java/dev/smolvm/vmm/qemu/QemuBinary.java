package dev.smolvm.vmm.qemu;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.json.JsonParser;
import dev.smolvm.os.Programs;
import dev.smolvm.store.DurableFiles;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The QEMU of this host and what it can do, asked of it over QMP. The answers are kept in a file until the binary changes.
 *
 * @param version such as {@code 10.0.2}
 * @param machineType what {@code q35} stands for, such as {@code pc-q35-10.0}
 * @param mappedRam saves memory page by page into a file with fixed places (9.0)
 * @param directIo can write that file past the page cache (9.1)
 * @param mapsReadOnly maps a memory file that it may not write, from any place in it on (8.2)
 * @param setActive can take disks back after a migration without running the guest (10.0)
 */
public record QemuBinary(
        Path path,
        String version,
        String machineType,
        boolean mappedRam,
        boolean directIo,
        boolean mapsReadOnly,
        boolean setActive) {
    private static final String PROGRAM = "qemu-system-x86_64";

    /**
     * @param environment SMOLVM_QEMU names the binary; otherwise it is looked for in PATH
     * @throws SmolVmException not found, with how to install it
     */
    public static QemuBinary find(Map<String, String> environment) {
        return asked(locate(environment));
    }

    /** The same, with the answers remembered in a file. */
    public static QemuBinary find(Map<String, String> environment, Path cache) {
        Path path = locate(environment);
        try {
            String key = path.toRealPath() + " " + Files.size(path) + " "
                    + Files.getLastModifiedTime(path).toMillis();
            Optional<QemuBinary> known = remembered(cache, key, path);
            if (known.isPresent()) {
                return known.get();
            }
            QemuBinary asked = asked(path);
            remember(cache, key, asked);
            return asked;
        } catch (IOException e) {
            throw SmolVmException.of("remember what " + path + " can do", e);
        }
    }

    private static QemuBinary asked(Path path) {
        try {
            return QemuProbe.ask(path);
        } catch (IOException e) {
            throw SmolVmException.of("ask " + path + " what it can do", e);
        }
    }

    private static Path locate(Map<String, String> environment) {
        String named = environment.getOrDefault("SMOLVM_QEMU", "");
        return Programs.find(named.isEmpty() ? PROGRAM : named, environment.getOrDefault("PATH", "/usr/bin:/bin"))
                .orElseThrow(() -> new SmolVmException(
                        ErrorKind.NOT_FOUND,
                        named.isEmpty() ? PROGRAM + " is not installed" : "$SMOLVM_QEMU is not a program: " + named,
                        "smolvm setup"));
    }

    /**
     * What a QEMU that is not the system's brings along: its modules and firmware lie beside its binary, where it looks for
     * them. They have to be readable for it.
     */
    List<Path> ownDirectories() {
        Path prefix = path.toAbsolutePath().getParent().getParent();
        if (prefix == null || path.startsWith("/usr") || !Files.isDirectory(prefix.resolve("share/qemu"))) {
            return List.of();
        }
        return Stream.of("share", "lib", "lib64")
                .map(prefix::resolve)
                .filter(Files::isDirectory)
                .toList();
    }

    private static Optional<QemuBinary> remembered(Path cache, String key, Path path) throws IOException {
        if (!Files.exists(cache)) {
            return Optional.empty();
        }
        try {
            JsonFields json = JsonFields.of(JsonParser.read(cache), "qemu");
            return json.string("key").equals(key)
                    ? Optional.of(new QemuBinary(
                            path,
                            json.string("version"),
                            json.string("machine_type"),
                            json.bool("mapped_ram"),
                            json.bool("direct_io"),
                            json.bool("maps_read_only"),
                            json.bool("set_active")))
                    : Optional.empty();
        } catch (JsonFormatException e) {
            // Only a cache: ask again.
            return Optional.empty();
        }
    }

    private static void remember(Path cache, String key, QemuBinary asked) throws IOException {
        try {
            DurableFiles.createDirectory(cache.getParent());
        } catch (FileAlreadyExistsException e) {
            // Made before, or by another process just now.
        }
        Path next = Files.createTempFile(cache.getParent(), "qemu-", "");
        Files.writeString(
                next,
                Json.object()
                        .put("key", key)
                        .put("version", asked.version)
                        .put("machine_type", asked.machineType)
                        .put("mapped_ram", asked.mappedRam)
                        .put("direct_io", asked.directIo)
                        .put("maps_read_only", asked.mapsReadOnly)
                        .put("set_active", asked.setActive)
                        .build()
                        .pretty());
        Files.move(next, cache, StandardCopyOption.ATOMIC_MOVE);
    }
}
