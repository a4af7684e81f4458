package dev.smolvm.bench.peer.python;

import dev.smolvm.bench.measure.CannotRunHereException;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A package of the Python index in a virtual environment of its own. It stays below the build's directory, so that only the
 * first run installs it.
 */
record Venv(Path python) {
    private static final Duration INSTALL = Duration.ofMinutes(5);

    /** @throws CannotRunHereException pip's own error */
    static Venv with(String distribution, Path directory) throws CannotRunHereException, IOException {
        Path complete = directory.resolve("complete");
        Venv venv = new Venv(directory.resolve("bin/python"));
        if (Files.exists(complete)) {
            return venv;
        }
        Files.createDirectories(directory.getParent());
        try {
            Command.of(Interpreter.newest().program().toString(), "-m", "venv", "--clear", directory.toString())
                    .timeout(INSTALL)
                    .check();
            Command.of(
                            venv.python.toString(),
                            "-m",
                            "pip",
                            "install",
                            "-q",
                            "--disable-pip-version-check",
                            distribution)
                    .timeout(INSTALL)
                    .check();
        } catch (SmolVmException e) {
            if (e.kind() == ErrorKind.INTERRUPTED) {
                throw e;
            }
            throw new CannotRunHereException("cannot be installed: " + e.getMessage(), e);
        }
        Files.createFile(complete);
        return venv;
    }
}
