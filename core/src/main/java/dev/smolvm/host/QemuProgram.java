package dev.smolvm.host;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.Command;
import dev.smolvm.os.Programs;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** Which QEMU is used: {@code $SMOLVM_QEMU}, else the one in PATH. */
public final class QemuProgram {
    public static final String VARIABLE = "SMOLVM_QEMU";
    private static final String DEFAULT = "qemu-system-x86_64";

    private QemuProgram() {}

    /** @throws SmolVmException not found, with the command that installs it */
    public static Path require(Map<String, String> environment) {
        return Programs.require(name(environment));
    }

    static Optional<Path> find(Map<String, String> environment) {
        return Programs.find(name(environment));
    }

    static Optional<QemuVersion> version(Path program) {
        Command.Result result = Command.of(program.toString(), "--version")
                .timeout(Duration.ofSeconds(20))
                .run();
        return result.exitCode() == 0 ? QemuVersion.parse(result.output()) : Optional.empty();
    }

    private static String name(Map<String, String> environment) {
        String given = environment.getOrDefault(VARIABLE, "");
        return given.isEmpty() ? DEFAULT : given;
    }
}
