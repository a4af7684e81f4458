package dev.smolvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.cli.fake.CliRun;
import dev.smolvm.cli.tree.HelpPage;
import dev.smolvm.error.ErrorKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class HelpTest {
    private final CliRun cli = new CliRun();

    static Stream<String> commands() {
        return TestTree.paths().stream().map(path -> String.join(" ", path));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandHasSynopsisOptionsExamplesAndExitCodes(String command) {
        String[] words = command.split(" ");
        String[] commandLine = Arrays.copyOf(words, words.length + 1);
        for (String option : List.of("-h", "--help")) {
            commandLine[words.length] = option;
            assertThat(cli.run(commandLine)).isZero();
            assertThat(cli.err()).isEmpty();
            assertThat(cli.out())
                    .contains("Usage: smolvm " + command)
                    .contains("\nOptions:\n")
                    .contains("\nExamples:\n")
                    .contains("  smolvm ")
                    .contains("\nExit codes:\n")
                    .contains("  130   interrupted\n")
                    .doesNotContain("\033");
            assertThat(cli.out().lines()).allMatch(line -> line.length() <= 100 && line.equals(line.stripTrailing()));
        }
    }

    @Test
    void noWordOfASynopsisIsBrokenInTwo() {
        cli.run("sandbox", "fork", "--help");
        assertThat(cli.out()).contains(" [--env=NAME[=VALUE]]... SANDBOX\n");
        cli.run("sandbox", "snapshot", "copy", "--help");
        assertThat(cli.out()).contains(" SNAPSHOT:PATH");
    }

    @Test
    void theTableOfExitCodesIsThatOfTheErrorKinds() {
        List<String> codes = Stream.of(ErrorKind.values())
                .map(k -> Integer.toString(k.exitCode()))
                .toList();
        assertThat(HelpPage.EXIT_CODES.keySet()).containsAll(codes).hasSize(codes.size() + 1);
    }

    @Test
    void helpNeedsNoStore() {
        cli.run("sandbox", "list", "--help");
        assertThat(cli.lockTimeout).isNull();
    }

    @Test
    void versionIsOneLine() {
        assertThat(cli.run("--version")).isZero();
        assertThat(cli.out()).matches("smolvm \\d+\\.\\d+\\.\\d+(-SNAPSHOT)?\n");
    }

    @Test
    void theReferenceIsUpToDate() throws IOException {
        assertThat(Files.readString(Path.of("../docs/reference/cli.md")))
                .as("run ./dev docs")
                .isEqualTo(Reference.markdown());
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh", "fish"})
    void completionKnowsAllCommands(String shell) {
        assertThat(cli.run("completion", shell)).isZero();
        for (String[] path : TestTree.paths()) {
            assertThat(cli.out()).contains("smolvm " + String.join(" ", path));
        }
    }

    @Test
    void bashCompletes() throws Exception {
        cli.run("completion", "bash");
        assertThat(completed(cli.out(), "smolvm", "sandbox", "snapshot", "re")).containsExactly("restore");
        assertThat(completed(cli.out(), "smolvm", "sandbox", "create", "--ne")).containsExactly("--network");
        assertThat(completed(cli.out(), "smolvm", "sandbox", "create", "--network", ""))
                .containsExactly("nat", "none");
        assertThat(completed(cli.out(), "smolvm", "sandbox", "info", "w")).containsExactly("web");
    }

    /** In a real bash, with a smolvm that lists two sandboxes. */
    private static List<String> completed(String script, String... words) throws Exception {
        String line = script + "\nsmolvm() { printf 'NAME STATUS\\nweb running\\nbuild stopped\\n'; }\n"
                + "COMP_WORDS=("
                + String.join(" ", Stream.of(words).map(w -> "'" + w + "'").toList())
                + "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _smolvm; printf '%s\\n' \"${COMPREPLY[@]}\"";
        Process bash =
                new ProcessBuilder("bash", "-c", line).redirectErrorStream(true).start();
        List<String> answer =
                new String(bash.getInputStream().readAllBytes()).lines().toList();
        assertThat(bash.waitFor()).isZero();
        return answer;
    }
}
