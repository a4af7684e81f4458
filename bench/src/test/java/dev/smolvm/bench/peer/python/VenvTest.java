package dev.smolvm.bench.peer.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.bench.measure.CannotRunHereException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VenvTest {
    @TempDir
    Path directory;

    @Test
    void whatCannotBeInstalledIsReportedInPipsWordsAndTriedAgain() throws Exception {
        Path venv = directory.resolve("peers/nothing");
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> Venv.with("./not-there", venv))
                    .isInstanceOf(CannotRunHereException.class)
                    .hasMessageContaining("cannot be installed: ")
                    .hasMessageContaining("not-there");
        }
    }

    @Test
    void whatIsInstalledIsNotInstalledAgain() throws Exception {
        Path venv = directory.resolve("done");
        Files.createDirectory(venv);
        Files.createFile(venv.resolve("complete"));
        assertThat(Venv.with("./not-there", venv).python()).isEqualTo(venv.resolve("bin/python"));
    }
}
