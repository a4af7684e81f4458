package dev.smolvm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.cli.fake.CliRun;
import dev.smolvm.cli.session.Surroundings;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.ExecResult;
import dev.smolvm.guest.TerminalSize;
import dev.smolvm.sandbox.SandboxStatus;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ExecTest {
    private final CliRun cli = new CliRun();

    @BeforeEach
    void aRunningSandbox() {
        cli.sandboxes.with("web", SandboxStatus.RUNNING);
    }

    private ExecRequest sent() {
        return cli.sandboxes.guest.commands.getLast();
    }

    @Test
    void streamsPassThroughAndTheCodeIsTheCommands() {
        cli.stdin = "hello\n";
        cli.sandboxes.guest.echo(42);

        assertThat(cli.run("sandbox", "exec", "web", "--", "cat")).isEqualTo(42);

        assertThat(cli.out()).isEqualTo("hello\n");
        assertThat(cli.err()).isEqualTo("complaint\n");
        assertThat(cli.sandboxes.guest.closed).isTrue();
    }

    @Test
    void aReaderThatLeftIsNoFailure() {
        cli.outFailure = "Broken pipe";
        cli.sandboxes.guest.behaviour = (request, io) -> {
            try {
                io.stdout().write("line\n".getBytes(UTF_8));
                return new ExecResult.Exited(0);
            } catch (IOException e) {
                throw SmolVmException.of("run yes in the guest", e);
            }
        };

        assertThat(cli.run("sandbox", "exec", "web", "--", "yes")).isEqualTo(141);

        assertThat(cli.err()).isEmpty();
    }

    @Test
    void aSignalAndATimeoutHaveTheShellsCodes() {
        cli.sandboxes.guest.behaviour = (request, io) -> new ExecResult.Killed(9);
        assertThat(cli.run("sandbox", "exec", "web", "--", "true")).isEqualTo(137);
        cli.sandboxes.guest.behaviour = (request, io) -> new ExecResult.TimedOut();
        assertThat(cli.run("sandbox", "exec", "--timeout", "1", "web", "--", "true"))
                .isEqualTo(124);
        assertThat(sent().timeout()).contains(Duration.ofSeconds(1));
    }

    @Test
    void whatFollowsTheNameIsTheGuestsAlone() {
        cli.run("sandbox", "exec", "web", "--", "ls", "--json", "-h", "--", "@file", "--env=A=1", "");
        assertThat(sent().command()).containsExactly("ls", "--json", "-h", "--", "@file", "--env=A=1", "");
        cli.run("sandbox", "exec", "web", "ls", "--help");
        assertThat(sent().command()).containsExactly("ls", "--help");
    }

    @Test
    void optionsReachTheRequest() {
        cli.environment.put("TOKEN", "secret");
        cli.run(
                "sandbox",
                "exec",
                "--env",
                "A=1=2",
                "--env",
                "EMPTY=",
                "--env",
                "TOKEN",
                "--workdir",
                "/srv",
                "--user",
                "me",
                "web",
                "--",
                "true");
        assertThat(sent().environment()).isEqualTo(Map.of("A", "1=2", "EMPTY", "", "TOKEN", "secret"));
        assertThat(sent().workdir()).contains("/srv");
        assertThat(sent().user()).contains("me");
        assertThat(sent().terminal()).isEmpty();
    }

    @Test
    void dashesWithoutACommandAreAUsageError() {
        assertThat(cli.run("sandbox", "exec", "web", "--")).isEqualTo(2);
        assertThat(cli.run("sandbox", "exec", "web")).isEqualTo(2);
        assertThat(cli.sandboxes.guest.commands).isEmpty();
    }

    @Test
    void aStoppedSandboxIsStartedOnlyWhenAsked() {
        cli.sandboxes.with("web", SandboxStatus.STOPPED);
        cli.run("sandbox", "exec", "--start", "web", "--", "true");
        assertThat(cli.sandboxes.calls).containsExactly("start web", "connect web");

        cli.sandboxes.calls.clear();
        cli.run("sandbox", "exec", "--start", "web", "--", "true");
        assertThat(cli.sandboxes.calls).containsExactly("connect web");
    }

    @Test
    void theFirstSignalIsTheCommandsWhileItRuns() {
        cli.sandboxes.guest.behaviour = (request, io) -> {
            cli.signals.target.accept(2);
            return new ExecResult.Killed(2);
        };
        assertThat(cli.run("sandbox", "exec", "web", "--", "sleep", "9")).isEqualTo(130);
        assertThat(cli.sandboxes.guest.signals).containsExactly(2);
        assertThat(cli.signals.target).isNull();
    }

    @Test
    void aTerminalIsRawWhileTheCommandRunsAndItsSizeIsFollowed() {
        cli.terminals = new Surroundings.Terminals(true, true, true);
        cli.environment.put("TERM", "xterm");
        cli.sandboxes.guest.behaviour = (request, io) -> {
            assertThat(cli.terminal.raw).isTrue();
            cli.terminal.size = new TerminalSize(50, 132);
            cli.signals.resized.run();
            return new ExecResult.Exited(0);
        };
        assertThat(cli.run("sandbox", "exec", "--tty", "web", "--", "vi")).isZero();
        assertThat(sent().terminal()).contains(new TerminalSize(24, 80));
        assertThat(sent().environment()).containsEntry("TERM", "xterm");
        assertThat(cli.sandboxes.guest.sizes).isEqualTo(List.of(new TerminalSize(50, 132)));
        assertThat(cli.terminal.raw).isFalse();
    }

    @Test
    void aTerminalNeedsATerminal() {
        assertThat(cli.run("sandbox", "exec", "--tty", "web", "--", "vi")).isEqualTo(2);
        assertThat(cli.run("sandbox", "shell", "web")).isEqualTo(2);
        assertThat(cli.err()).contains("standard input is not a terminal");
    }

    @Test
    void aShellIsALoginShellOnATerminal() {
        cli.terminals = new Surroundings.Terminals(true, true, true);
        cli.sandboxes.guest.echo(3);
        assertThat(cli.run("sandbox", "shell", "web")).isEqualTo(3);
        assertThat(sent().terminal()).isPresent();
        assertThat(sent().command().getLast()).contains("-l");
    }
}
