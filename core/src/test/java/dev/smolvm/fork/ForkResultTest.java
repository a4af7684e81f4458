package dev.smolvm.fork;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.store.SandboxName;
import dev.smolvm.testing.SandboxInfos;
import dev.smolvm.testing.SnapshotInfos;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ForkResultTest {
    private static final SandboxName SOURCE = new SandboxName("agent");
    private static final ForkedCopy FAILED = new ForkedCopy.Failed(
            3, new SandboxName("try-3"), new SmolVmException(ErrorKind.INTERRUPTED, "not started: interrupted", ""));

    @Test
    void an_interruption_says_what_is_left_and_how_to_undo_it() {
        SmolVmException interrupted = new ForkResult(
                        SOURCE, Optional.of(SnapshotInfos.full("s1", "agent").info()), List.of(up(1), up(2), FAILED))
                .interrupted();
        assertThat(interrupted.kind()).isEqualTo(ErrorKind.INTERRUPTED);
        assertThat(interrupted).hasMessage("fork sandbox agent: interrupted; up: try-1, try-2; snapshot s1 stays");
        assertThat(interrupted.advice())
                .isEqualTo("to undo it: smolvm sandbox delete --force try-1 try-2; smolvm sandbox snapshot delete s1");
    }

    @Test
    void one_that_left_nothing_advises_nothing() {
        SmolVmException interrupted = new ForkResult(SOURCE, Optional.empty(), List.of(FAILED)).interrupted();
        assertThat(interrupted).hasMessage("fork sandbox agent: interrupted; no copy is up");
        assertThat(interrupted.advice()).isEmpty();
    }

    private static ForkedCopy up(int index) {
        return new ForkedCopy.Up(index, SandboxInfos.of("try-" + index, SandboxStatus.RUNNING, Optional.empty()));
    }
}
