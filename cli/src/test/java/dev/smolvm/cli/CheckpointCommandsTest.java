package dev.smolvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.checkpoint.GuardedRequest;
import dev.smolvm.cli.fake.CliRun;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.CommandNotStartedException;
import dev.smolvm.guest.ExecResult;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CheckpointCommandsTest {
    private final CliRun cli = new CliRun();

    @BeforeEach
    void aRunningSandbox() {
        cli.sandboxes.with("web", SandboxStatus.RUNNING);
    }

    @Test
    void checkpointsAreToldAsTheyAreTaken() {
        assertThat(cli.run("sandbox", "checkpoint", "web", "--every", "15m", "--keep", "8"))
                .isZero();
        assertThat(cli.out())
                .isEqualTo(
                        """
                        c1 created (full, 180 MiB)
                        c2 created (full, 180 MiB)
                        c1 removed
                        ended: 2 taken, 1 removed, 1 skipped; the one that was being taken was undone
                        """);
        assertThat(cli.err()).isEqualTo("note: skipped: sandbox is busy\n");
        var request = cli.checkpoints.requests.getFirst();
        assertThat(request.every()).isEqualTo(Duration.ofMinutes(15));
        assertThat(request.keep()).isEqualTo(OptionalInt.of(8));
        assertThat(request.type()).isEqualTo(SnapshotType.DIFF);
    }

    @Test
    void asJsonThereIsOneDocumentAtTheEnd() {
        assertThat(cli.run("sandbox", "checkpoint", "web", "--every", "1h", "--snapshot-type", "full", "--json"))
                .isZero();
        assertThat(cli.json().object("data").strings("snapshot_ids")).containsExactly("c2");
        assertThat(cli.json().object("data").integer("taken")).isEqualTo(2);
    }

    @Test
    void anErrorThatEndsThemSaysWhatWasTaken() {
        cli.checkpoints.end =
                Optional.of(new SmolVmException(ErrorKind.NOT_FOUND, "no sandbox web", "smolvm sandbox list"));
        assertThat(cli.run("sandbox", "checkpoint", "web", "--every", "1h", "--json"))
                .isEqualTo(ErrorKind.NOT_FOUND.exitCode());
        var details = cli.json().object("error").object("details");
        assertThat(details.strings("snapshot_ids")).containsExactly("c2");
        assertThat(details.integer("taken")).isEqualTo(2);
        assertThat(details.integer("removed")).isEqualTo(1);
        assertThat(details.integer("skipped")).isEqualTo(1);
    }

    @Test
    void wrongCheckpointsAreUsageErrors() {
        for (String wrong : new String[] {
            "web", "web --every 5", "web --every 0s", "web --every 1s --snapshot-type disk", "web --every 1s --keep 0"
        }) {
            assertThat(cli.run(("sandbox checkpoint " + wrong).split(" ")))
                    .as(wrong)
                    .isEqualTo(2);
        }
        assertThat(cli.checkpoints.requests).isEmpty();
    }

    @Test
    void onlyTypesWithMemoryAreOffered() {
        assertThat(cli.run("sandbox", "checkpoint", "--help")).isZero();
        assertThat(cli.out()).contains("--snapshot-type=full|diff").doesNotContain("disk");
        assertThat(cli.run("sandbox", "checkpoint", "web", "--every", "1s", "--snapshot-type", "disk"))
                .isEqualTo(2);
        assertThat(cli.err()).contains("'disk' is not one of full, diff");
    }

    @Test
    void aGuardedCommandIsRunAsExecDoes() {
        cli.stdin = "hello\n";
        cli.sandboxes.guest.echo(0);
        assertThat(cli.run(
                        "sandbox",
                        "run-guarded",
                        "--rollback-on-failure",
                        "--keep-snapshot",
                        "--snapshot-id",
                        "g1",
                        "--timeout",
                        "5m",
                        "--env",
                        "A=1",
                        "web",
                        "--",
                        "cat",
                        "--json"))
                .isZero();
        assertThat(cli.out()).isEqualTo("hello\n");
        assertThat(cli.err())
                .isEqualTo(
                        """
                        complaint
                        note: the command succeeded: sandbox web keeps what it did
                        note: snapshot guard holds what was before
                        """);
        assertThat(cli.checkpoints.guarded)
                .containsExactly(new GuardedRequest(
                        new SandboxName("web"),
                        Optional.of(new SnapshotId("g1")),
                        true,
                        true,
                        Optional.of(Duration.ofMinutes(5))));
        var sent = cli.sandboxes.guest.commands.getLast();
        assertThat(sent.command()).containsExactly("cat", "--json");
        assertThat(sent.environment()).isEqualTo(Map.of("A", "1"));
    }

    @Test
    void aFailureHasTheCommandsCodeAndSaysHowToGoBack() {
        cli.sandboxes.guest.behaviour = (request, io) -> new ExecResult.Exited(3);
        assertThat(cli.run("sandbox", "run-guarded", "web", "--", "false")).isEqualTo(3);
        assertThat(cli.err())
                .isEqualTo("note: the command failed with code 3: sandbox web stays as it is; to go back:"
                        + " smolvm sandbox snapshot restore guard --resume\n");
        assertThat(cli.run("sandbox", "run-guarded", "--rollback-on-failure", "web", "--", "false"))
                .isEqualTo(3);
        assertThat(cli.err())
                .isEqualTo("note: the command failed with code 3: sandbox web was put back to before it\n");
    }

    @Test
    void aGuestThatDiedIsAnErrorAfterItWasPutBack() {
        cli.sandboxes.guest.behaviour = (request, io) -> {
            throw new SmolVmException(ErrorKind.VM_DIED, "the VMM ended", "");
        };
        assertThat(cli.run("sandbox", "run-guarded", "--rollback-on-failure", "web", "--", "true"))
                .isEqualTo(10);
        assertThat(cli.err())
                .isEqualTo("note: the command was not run to its end: sandbox web was put back to before it\n"
                        + "error: the VMM ended\n");
    }

    @Test
    void aCommandThatCouldNotBeStartedLeavesNothingToGoBackFrom() {
        cli.sandboxes.guest.behaviour = (request, io) -> {
            throw new CommandNotStartedException(ErrorKind.NOT_FOUND, "it has no such command", "check it", null);
        };
        assertThat(cli.run("sandbox", "run-guarded", "web", "--", "nothing")).isEqualTo(3);
        assertThat(cli.err())
                .isEqualTo("note: the command was not started: sandbox web is as it was\n"
                        + "error: it has no such command\nhint: check it\n");
    }

    @Test
    void aGuardedCommandHasToBeGiven() {
        assertThat(cli.run("sandbox", "run-guarded", "web", "--")).isEqualTo(2);
        assertThat(cli.run("sandbox", "run-guarded", "web")).isEqualTo(2);
        assertThat(cli.checkpoints.guarded).isEmpty();
    }
}
