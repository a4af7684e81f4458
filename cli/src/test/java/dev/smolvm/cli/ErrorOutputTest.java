package dev.smolvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.cli.fake.CliRun;
import dev.smolvm.cli.session.Surroundings;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.sandbox.SandboxStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ErrorOutputTest {
    private final CliRun cli = new CliRun();

    @Test
    void anErrorIsItsMessageAndAHint() {
        assertThat(cli.run("sandbox", "info", "nobody")).isEqualTo(3);
        assertThat(cli.err()).isEqualTo("error: no sandbox nobody\nhint: see what there is: smolvm sandbox list\n");
        assertThat(cli.out()).isEmpty();
    }

    @Test
    void aRefusedValueIsNamedByItsOption() {
        assertThat(cli.run("sandbox", "create", "--memory", "12Q")).isEqualTo(2);
        assertThat(cli.err()).startsWith("error: --memory: '12Q' is not a size\nhint: use ");
    }

    @Test
    void aMissingParameterIsNamed() {
        assertThat(cli.run("sandbox", "exec")).isEqualTo(2);
        assertThat(cli.err()).contains("missing SANDBOX").contains("smolvm sandbox exec --help");
    }

    @ParameterizedTest
    @CsvSource({
        "sandbox create --name,--name needs a value",
        "sandbox create --name --memory 512,--name needs a value",
        "sandbox fork web --env,--env needs a value",
        "sandbox snapshot diff a b --content,--content needs a value",
        "sandbox snapshot export s1 -o,--output needs a value",
        "sandbox snapshot export s1,missing option --output",
        "sandbox checkpoint web,missing option --every",
        "sandbox snapshot export s1 --otput f,unknown option '--otput'",
    })
    void whatIsWrongWithAnOptionIsSaid(String line, String message) {
        assertThat(cli.run(line.split(" "))).isEqualTo(2);
        assertThat(cli.err()).startsWith("error: " + message + "\nhint: see: smolvm ");
    }

    @Test
    void aMistypedCommandIsAnsweredWithTheNearest() {
        assertThat(cli.run("sandbox", "snapshot", "craete")).isEqualTo(2);
        assertThat(cli.err()).contains("unknown command 'craete'").contains("smolvm sandbox snapshot create");
    }

    @Test
    void noCommandAtAllShowsTheHelpAndFails() {
        assertThat(cli.run()).isEqualTo(2);
        assertThat(cli.err()).contains("Usage: smolvm COMMAND");
        assertThat(cli.out()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"hunter2", "TOKEN hunter2", "1=hunter2", "=hunter2"})
    void aRefusedVariableIsNotRepeated(String variable) {
        cli.sandboxes.with("web", SandboxStatus.RUNNING);
        assertThat(cli.run("sandbox", "exec", "--verbose", "--env", variable, "web", "--", "true"))
                .isEqualTo(2);
        assertThat(cli.err()).contains("--env").doesNotContain("hunter2");
    }

    @Test
    void anUnknownOptionIsShownWithoutItsValue() {
        assertThat(cli.run("sandbox", "exec", "--evn=TOKEN=hunter2", "web", "--", "true"))
                .isEqualTo(2);
        assertThat(cli.err()).contains("unknown option '--evn=…'").doesNotContain("hunter2");
    }

    @Test
    void controlCharactersOfAGuestDoNotReachTheTerminal() {
        cli.sandboxes.failure =
                Optional.of(new SmolVmException(ErrorKind.INTEGRITY, "guest said \033]0;owned\007", "\033[2J"));
        cli.run("sandbox", "list");
        assertThat(cli.err()).isEqualTo("error: guest said ?]0;owned?\nhint: ?[2J\n");
    }

    @Test
    void coloursAreForTerminals() {
        cli.terminals = new Surroundings.Terminals(true, true, true);
        cli.run("sandbox", "info", "nobody");
        assertThat(cli.err()).startsWith("\033[31merror:\033[0m ");

        cli.environment.put("NO_COLOR", "1");
        cli.run("sandbox", "info", "nobody");
        assertThat(cli.err()).startsWith("error: ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sandbox list",
                "sandbox list --json",
                "sandbox snapshot list",
                "sandbox logs web",
                "completion bash",
                "--version",
                "sandbox --help",
                "sandbox list --help"
            })
    void outputThatIsLostIsAnError(String line, @TempDir Path directory) throws Exception {
        cli.sandboxes.console = Files.writeString(directory.resolve("console.log"), "booted\n");
        cli.sandboxes.with("web", SandboxStatus.RUNNING);
        cli.outFailure = "No space left on device";
        assertThat(cli.run(line.split(" "))).isEqualTo(7);
        assertThat(cli.err())
                .isEqualTo("error: write the output: No space left on device\n"
                        + "hint: free some space where the output goes; the command itself was run\n");
        cli.outFailure = "Bad file descriptor";
        assertThat(cli.run(line.split(" "))).isEqualTo(1);
        assertThat(cli.err()).startsWith("error: write the output: Bad file descriptor\nhint: check ");
        cli.outFailure = "Broken pipe";
        assertThat(cli.run(line.split(" "))).isZero();
        assertThat(cli.err()).isEmpty();
    }

    @Test
    void anErrorWhoseDocumentIsLostIsStillTold() {
        cli.outFailure = "No space left on device";
        assertThat(cli.run("sandbox", "info", "nobody", "--json")).isEqualTo(3);
        assertThat(cli.err()).contains("error: no sandbox nobody\n").contains("error: write the output: ");
    }

    @Test
    void stackTracesAreForVerbose() {
        cli.run("sandbox", "info", "--verbose", "nobody");
        assertThat(cli.err()).contains("error: no sandbox nobody").contains("\tat dev.smolvm.");
    }
}
