package dev.smolvm.bench.peer.python;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InterpreterTest {
    @TempDir
    Path directory;

    private Path program(String script) throws IOException {
        Path file = Files.writeString(directory.resolve("python3"), "#!/bin/sh\n" + script + "\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void oneThatFailsIsNone() throws IOException {
        assertThat(Interpreter.probe(program("echo 'No module named ensurepip' >&2; exit 1")))
                .isEmpty();
        assertThat(Interpreter.probe(directory.resolve("not-there"))).isEmpty();
    }

    @Test
    void oneThatSaysSomethingElseIsNone() throws IOException {
        assertThat(Interpreter.probe(program("echo hello"))).isEmpty();
    }

    @Test
    void oneThatIsTooOldIsNone() throws IOException {
        assertThat(Interpreter.probe(program("echo 3 9"))).isEmpty();
    }

    @Test
    void tellsItsVersion() throws IOException {
        Path program = program("echo 3 13");
        assertThat(Interpreter.probe(program)).contains(new Interpreter(program, 13));
    }
}
