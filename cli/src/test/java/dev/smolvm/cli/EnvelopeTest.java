package dev.smolvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.cli.fake.CliRun;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.JsonFields;
import dev.smolvm.sandbox.SandboxStatus;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EnvelopeTest {
    private final CliRun cli = new CliRun();

    @Test
    void successHasDataAndNoError() {
        cli.sandboxes.with("web", SandboxStatus.RUNNING);

        assertThat(cli.run("sandbox", "list", "--json")).isZero();

        assertThat(cli.out())
                .isEqualTo(
                        """
                        {"ok":true,"command":"sandbox.list","exit_code":0,"data":{"sandboxes":[{"name":"web",\
                        "status":"running","image":"tiny","backend":"qemu","memory_mib":512,"cpus":1,\
                        "created_at":"2026-01-02T03:04:05Z","pid":4711}]},"error":null}
                        """);
        assertThat(cli.err()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(ErrorKind.class)
    void eachKindOfErrorHasItsCodeMessageAndRecovery(ErrorKind kind) {
        cli.sandboxes.failure = Optional.of(new SmolVmException(kind, "it failed", "do that"));

        assertThat(cli.run("sandbox", "list", "--json")).isEqualTo(kind.exitCode());

        JsonFields envelope = cli.json();
        assertThat(envelope.bool("ok")).isFalse();
        assertThat(envelope.string("command")).isEqualTo("sandbox.list");
        assertThat(envelope.integer("exit_code")).isEqualTo(kind.exitCode());
        assertThat(envelope.has("data")).isFalse();
        JsonFields error = envelope.object("error");
        assertThat(error.string("code")).isEqualTo(kind.code());
        assertThat(error.string("message")).isEqualTo("it failed");
        assertThat(error.string("recovery")).isEqualTo("do that");
        assertThat(error.object("details").object().fields()).isEmpty();
    }

    @Test
    void usageErrorsAreJsonToo() {
        for (String[] commandLine : new String[][] {
            {"sandbox", "list", "--nonsense", "--json"},
            {"sandbox", "info", "--json"},
            {"sandbox", "create", "--memory", "much", "--json"},
            {"sandbox", "create", "--json", "--name", "Not A Name"},
            {"sandbx", "--json"},
            {"sandbox", "--json"},
            {"--json"},
        }) {
            assertThat(cli.run(commandLine)).as(String.join(" ", commandLine)).isEqualTo(2);
            assertThat(cli.json().object("error").string("code")).isEqualTo("usage");
            assertThat(cli.err()).isEmpty();
        }
    }

    @Test
    void unexpectedFailuresAreToldWithoutAStackTraceUnlessVerbose() {
        cli.sandboxes.failure = Optional.of(new IllegalStateException("boom"));

        assertThat(cli.run("sandbox", "list", "--json")).isEqualTo(1);
        assertThat(cli.json().object("error").string("code")).isEqualTo("unexpected");
        assertThat(cli.err()).isEmpty();

        assertThat(cli.run("sandbox", "list", "--json", "--verbose")).isEqualTo(1);
        assertThat(cli.json().object("error").string("message")).contains("boom");
        assertThat(cli.err()).contains("IllegalStateException: boom").contains("\tat ");
    }

    @Test
    void optionsOfEveryCommandMayStandBeforeTheCommand() {
        assertThat(cli.run("--json", "--lock-timeout", "3", "sandbox", "list")).isZero();
        assertThat(cli.json().string("command")).isEqualTo("sandbox.list");
        assertThat(cli.lockTimeout).hasSeconds(3);
    }

    @Test
    void theLockTimeoutIsTenSecondsByDefault() {
        cli.run("sandbox", "list");
        assertThat(cli.lockTimeout).hasSeconds(10);
    }

    @Test
    void anInterruptionIsWhatItIsWhateverTheLibraryThrew() {
        cli.sandboxes.failure = Optional.of(new SmolVmException(ErrorKind.VM_DIED, "the VM died", ""));
        cli.signals.interrupted = true;

        assertThat(cli.run("sandbox", "list", "--json")).isEqualTo(130);
        assertThat(cli.json().object("error").string("code")).isEqualTo("interrupted");
    }

    @Test
    void anInterruptionIsSilentUnlessItLeftSomething() {
        cli.signals.interrupted = true;
        cli.sandboxes.failure = Optional.of(new SmolVmException(ErrorKind.INTERRUPTED, "list: interrupted", ""));
        assertThat(cli.run("sandbox", "list")).isEqualTo(130);
        assertThat(cli.err()).isEmpty();

        cli.sandboxes.failure =
                Optional.of(new SmolVmException(ErrorKind.INTERRUPTED, "fork: interrupted; up: a", "delete it"));
        assertThat(cli.run("sandbox", "list")).isEqualTo(130);
        assertThat(cli.err()).isEqualTo("error: fork: interrupted; up: a\nhint: delete it\n");
    }

    @Test
    void severalDeletionsOfWhichOneFailsSayWhatWasDone() {
        cli.sandboxes.with("a", SandboxStatus.STOPPED).with("b", SandboxStatus.RUNNING);

        assertThat(cli.run("sandbox", "delete", "--json", "a", "b")).isEqualTo(4);
        assertThat(cli.json().object("error").object("details").strings("deleted"))
                .containsExactly("a");
    }

    @Test
    void oneThatIsInterruptedSaysWhatWasDoneToo() {
        cli.sandboxes.with("a", SandboxStatus.STOPPED).with("b", SandboxStatus.RUNNING);
        cli.signals.interrupted = true;

        assertThat(cli.run("sandbox", "delete", "--json", "a", "b")).isEqualTo(130);
        assertThat(cli.json().object("error").object("details").strings("deleted"))
                .containsExactly("a");
    }

    @Test
    void aMistypedNameAmongSeveralTouchesNothing() {
        cli.sandboxes.with("a", SandboxStatus.STOPPED);

        assertThat(cli.run("sandbox", "delete", "a", "nobody")).isEqualTo(3);
        assertThat(cli.sandboxes.sandboxes).hasSize(1);
    }
}
