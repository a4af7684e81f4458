package dev.smolvm.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.os.ProcessesIn;
import dev.smolvm.sandbox.SandboxStatus;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Looking into disks boots a machine of its own, which must not outlive its purpose. */
@ExtendWith(ToolExtension.class)
class LookIT {
    private static final int INTERRUPTED = 130;

    private final Tool tool;

    LookIT(Tool tool) {
        this.tool = tool;
    }

    @BeforeEach
    void reset() {
        tool.reset();
    }

    private Path tmp() {
        return tool.home().resolve("tmp");
    }

    private Tool.Running look() throws IOException, InterruptedException {
        Tool.Running look = tool.start(java.util.List.of(), "sandbox", "snapshot", "diff", Tool.BASE, Tool.BOX);
        while (look.process().isAlive() && ProcessesIn.directory(tmp()).isEmpty()) {
            Thread.sleep(20);
        }
        return look;
    }

    @Test
    void aMachineWhoseCommandWasKilledIsEndedByTheNext() throws Exception {
        Tool.Running look = look();
        look.signal("KILL");
        look.await();
        assertThat(ProcessesIn.directory(tmp())).isNotEmpty();

        tool.run("sandbox", "list").succeeded();

        assertThat(ProcessesIn.directory(tmp())).isEmpty();
        assertThat(tmp()).isEmptyDirectory();
        assertThat(tool.status()).isEqualTo(SandboxStatus.RUNNING);
        StoreCheck.assertClean(tool.layout(), "after a killed look");
    }

    @Test
    void anInterruptedCommandEndsItsMachineItself() throws Exception {
        Tool.Running look = look();
        look.signal("INT");
        look.await().exited(INTERRUPTED);

        assertThat(ProcessesIn.directory(tmp())).isEmpty();
        assertThat(tmp()).isEmptyDirectory();
        assertThat(tool.guest("cat " + Tool.STATE)).isEqualTo("saved");
        StoreCheck.assertClean(tool.layout(), "after an interrupted look");
    }
}
