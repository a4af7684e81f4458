package dev.smolvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.cli.fake.CliRun;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LauncherScriptsTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "smolvm",
                "dev",
                ".ci/run",
                "scripts/host-setup.sh",
                "scripts/find-jdk.sh",
                "bench/startup.sh",
                "cli/src/build/dist.sh"
            })
    void scriptsParse(String script) throws Exception {
        assertThat(exitCode("sh", "-n", ROOT.resolve(script).toString())).isZero();
    }

    /** zsh and fish only where they are: their scripts come from the same table as bash's. */
    @ParameterizedTest
    @CsvSource({"bash,bash -n", "zsh,zsh -n", "fish,fish --no-execute"})
    void completionScriptsParse(String shell, String check, @TempDir Path directory) throws Exception {
        CliRun cli = new CliRun();
        cli.run("completion", shell);
        Path script = Files.writeString(directory.resolve("script"), cli.out());
        if (exitCode("sh", "-c", "command -v " + shell) == 0) {
            assertThat(exitCode("sh", "-c", check + " " + script)).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"25.0.1,true", "26-ea,true", "24.0.2,false", "1.8.0,false"})
    void aJdkFitsFromVersion25On(String version, boolean fits, @TempDir Path home) throws Exception {
        Files.createDirectory(home.resolve("bin"));
        Files.writeString(home.resolve("bin/javac"), "").toFile().setExecutable(true);
        Files.writeString(
                home.resolve("release"),
                "IMPLEMENTOR=\"X\"\nJAVA_VERSION=\"" + version + "\"\n",
                StandardCharsets.UTF_8);
        assertThat(exitCode("sh", "-c", ". " + ROOT.resolve("scripts/find-jdk.sh") + "; jdk_fits " + home) == 0)
                .isEqualTo(fits);
    }

    @Test
    void hostSetupRefusesWhatItDoesNotKnow() throws Exception {
        assertThat(exitCode("sh", ROOT.resolve("scripts/host-setup.sh").toString(), "nonsense"))
                .isEqualTo(2);
    }

    private static int exitCode(String... command) throws Exception {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return process.waitFor();
    }
}
