package dev.smolvm.vmm.firecracker;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The Firecracker of this host. What it says of itself is kept in a file until the binary changes.
 *
 * @param snapshotVersion of the state files that it writes and reads, such as {@code 10.0.0}; another major version's it
 *     refuses, and so it does a newer minor version's (src/vmm/src/snapshot/mod.rs)
 * @param jailer beside it or named by SMOLVM_JAILER
 */
public record FirecrackerBinary(Path path, FirecrackerVersion version, String snapshotVersion, Optional<Path> jailer) {
    private static final String PROGRAM = "firecracker";
    private static final String JAILER = "jailer";
    private static final String ADVICE =
            "install it from https://github.com/firecracker-microvm/firecracker/releases, or name it in $SMOLVM_FIRECRACKER";

    /**
     * @param environment SMOLVM_FIRECRACKER names the binary, SMOLVM_JAILER the jailer; otherwise they are looked for in PATH,
     *     the jailer beside the binary first
     * @throws SmolVmException not found; incompatible: too old, too new, or not Firecracker
     */
    public static FirecrackerBinary find(Map<String, String> environment) {
        Path path = locate(environment);
        return with(environment, FirecrackerProbe.ask(path), path);
    }

    /** The same, with the answers remembered in a file. */
    public static FirecrackerBinary find(Map<String, String> environment, Path cache) {
        Path path = locate(environment);
        try {
            String key = path.toRealPath() + " " + Files.size(path) + " "
                    + Files.getLastModifiedTime(path).toMillis();
            Optional<FirecrackerProbe.Answers> known = FirecrackerProbe.Answers.remembered(cache, key);
            if (known.isPresent()) {
                return with(environment, known.get(), path);
            }
            FirecrackerProbe.Answers asked = FirecrackerProbe.ask(path);
            FirecrackerBinary binary = with(environment, asked, path);
            asked.remember(cache, key);
            return binary;
        } catch (IOException e) {
            throw SmolVmException.of("remember what " + path + " is", e);
        }
    }

    private static FirecrackerBinary with(
            Map<String, String> environment, FirecrackerProbe.Answers answers, Path path) {
        if (!answers.version().supported()) {
            throw new SmolVmException(
                    ErrorKind.INCOMPATIBLE,
                    path + " is Firecracker " + answers.version() + "; smolvm needs " + FirecrackerVersion.OLDEST
                            + " or later, and below " + (FirecrackerVersion.OLDEST.major() + 1) + ".0",
                    ADVICE);
        }
        return new FirecrackerBinary(
                path, answers.version(), answers.snapshotVersion(), locateJailer(environment, path));
    }

    private static Path locate(Map<String, String> environment) {
        String named = environment.getOrDefault("SMOLVM_FIRECRACKER", "");
        return Programs.find(named.isEmpty() ? PROGRAM : named, directories(environment))
                .orElseThrow(() -> new SmolVmException(
                        ErrorKind.NOT_FOUND,
                        named.isEmpty()
                                ? PROGRAM + " is not installed"
                                : "$SMOLVM_FIRECRACKER is not a program: " + named,
                        ADVICE));
    }

    private static Optional<Path> locateJailer(Map<String, String> environment, Path firecracker) {
        String named = environment.getOrDefault("SMOLVM_JAILER", "");
        if (named.isEmpty()) {
            return Programs.find(
                            firecracker.resolveSibling(JAILER).toAbsolutePath().toString())
                    .or(() -> Programs.find(JAILER, directories(environment)));
        }
        return Optional.of(Programs.find(named, directories(environment))
                .orElseThrow(() ->
                        new SmolVmException(ErrorKind.NOT_FOUND, "$SMOLVM_JAILER is not a program: " + named, ADVICE)));
    }

    private static String directories(Map<String, String> environment) {
        return environment.getOrDefault("PATH", "/usr/bin:/bin");
    }
}
