package dev.smolvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.cli.fake.CliRun;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
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

    /** The JVM has a locale in which it can read any file name; the tool is told which one the user has. */
    @ParameterizedTest
    @CsvSource({
        "LC_ALL=C,C.UTF-8 -Dsmolvm.lc_all=C",
        "LANG=C,C.UTF-8 -Dsmolvm.lc_all=",
        "LC_CTYPE=POSIX LANG=C.UTF-8,C.UTF-8 -Dsmolvm.lc_all=",
        "LC_ALL=C.utf8,C.utf8",
        "LANG=de_DE.UTF-8,unset"
    })
    void theUsersLocaleIsPassedOn(String locale, String expected, @TempDir Path root) throws Exception {
        Path launcher = launcher(
                root,
                """
                printf '%s' "${LC_ALL-unset}"
                for word; do case $word in -Dsmolvm.lc_all=*) printf ' %s' "$word" ;; esac; done
                """);
        assertThat(output("env", "-u", "LC_ALL", "-u", "LC_CTYPE", "-u", "LANG", "sh", "-c", locale + " " + launcher))
                .isEqualTo(expected);
    }

    @Test
    void theToolSeesTheUsersLocaleAndNotTheJvms() {
        Map<String, String> jvms = Map.of("LC_ALL", "C.UTF-8", "LANG", "C");
        assertThat(Main.usersEnvironment(jvms, "POSIX")).containsEntry("LC_ALL", "POSIX");
        assertThat(Main.usersEnvironment(jvms, "")).containsOnlyKeys("LANG");
        assertThat(Main.usersEnvironment(jvms, null)).isEqualTo(jvms);
    }

    @ParameterizedTest
    @ValueSource(strings = {"./smolvm", "sh smolvm", "../$(basename $PWD)/smolvm"})
    void theLauncherFindsItsDirectory(String call, @TempDir Path directory) throws Exception {
        Path root = Files.createDirectory(directory.resolve("root"));
        launcher(root, "for word; do case $word in @*) printf '%s' \"$word\" ;; esac; done");
        String dist = output("sh", "-c", "cd " + root + " && " + call);
        assertThat(dist).endsWith("/root/cli/target/dist/jvm.options").doesNotContain("/./");
    }

    @ParameterizedTest
    @CsvSource({
        "sandbox snapshot create box,true,saving",
        "sandbox fork box,true,saving",
        "sandbox run-guarded box -- true,true,saving",
        "quickstart,true,saving",
        "quickstart --yes,true,saving",
        "store check --data,true,smolvm",
        "sandbox snapshot restore --verify saved,true,smolvm",
        "sandbox snapshot restore saved,false,smolvm",
        "sandbox create,false,smolvm",
        "--version,false,smolvm"
    })
    void whatSumsMuchGetsTheBetterCompilerAndWhatSavesMemoryItsOwnCache(
            String arguments, boolean better, String cache, @TempDir Path root) throws Exception {
        Path launcher = launcher(root, "for word; do printf '%s ' \"$word\"; done");
        Files.createDirectory(root.resolve("scripts"));
        Files.writeString(root.resolve("scripts/host-setup.sh"), "");
        String command = output("sh", "-c", launcher + " " + arguments);
        assertThat(command.contains(" -XX:TieredStopAtLevel=4 ")).isEqualTo(better);
        assertThat(command).contains(" -XX:AOTCache=" + root + "/cli/target/dist/" + cache + ".aot ");
    }

    /** A copy of the launcher that starts this script instead of a JVM. */
    private static Path launcher(Path root, String java) throws Exception {
        Path dist = Files.createDirectories(root.resolve("cli/target/dist"));
        Path program = Files.writeString(root.resolve("java"), "#!/bin/sh\n" + java);
        assertThat(program.toFile().setExecutable(true)).isTrue();
        Files.writeString(dist.resolve("java"), program + "\n");
        return Files.copy(ROOT.resolve("smolvm"), root.resolve("smolvm"));
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

    private static String output(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    private static int exitCode(String... command) throws Exception {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return process.waitFor();
    }
}
