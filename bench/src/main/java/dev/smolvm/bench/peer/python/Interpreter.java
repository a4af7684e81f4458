package dev.smolvm.bench.peer.python;

import dev.smolvm.bench.measure.CannotRunHereException;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.Command;
import dev.smolvm.os.Programs;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A Python that can make virtual environments.
 *
 * @param minor of version 3
 */
record Interpreter(Path program, int minor) {
    private static final int OLDEST = 11;
    private static final int NEWEST = 20;
    private static final String PROBE = "import ensurepip, sys, venv; print(*sys.version_info[:2])";

    /** The newest of those in PATH and of pyenv's. */
    static Interpreter newest() throws CannotRunHereException, IOException {
        return candidates().stream()
                .flatMap(program -> probe(program).stream())
                .max(Comparator.comparingInt(Interpreter::minor))
                .orElseThrow(() -> new CannotRunHereException("there is no Python 3." + OLDEST
                        + " or newer that can make virtual environments; " + (Programs.isRoot() ? "" : "sudo ")
                        + "apt-get install python3-venv"));
    }

    private static List<Path> candidates() throws IOException {
        List<Path> found = new ArrayList<>();
        Programs.find("python3").ifPresent(found::add);
        IntStream.rangeClosed(OLDEST, NEWEST)
                .mapToObj(minor -> Programs.find("python3." + minor))
                .forEach(program -> program.ifPresent(found::add));
        Path versions = Optional.ofNullable(System.getenv("PYENV_ROOT"))
                .map(Path::of)
                .orElse(Path.of(System.getProperty("user.home"), ".pyenv"))
                .resolve("versions");
        if (Files.isDirectory(versions)) {
            try (DirectoryStream<Path> each = Files.newDirectoryStream(versions, "3.*")) {
                each.forEach(version -> found.add(version.resolve("bin/python3")));
            }
        }
        return found;
    }

    /** Empty where it is none, or lacks what makes virtual environments. */
    static Optional<Interpreter> probe(Path program) {
        try {
            String[] version = Command.of(program.toString(), "-c", PROBE)
                    .timeout(Duration.ofSeconds(10))
                    .check()
                    .strip()
                    .split(" ");
            int minor = Integer.parseInt(version[1]);
            return minor < OLDEST ? Optional.empty() : Optional.of(new Interpreter(program, minor));
        } catch (SmolVmException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
            return Optional.empty();
        }
    }
}
