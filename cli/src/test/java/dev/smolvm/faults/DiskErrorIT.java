package dev.smolvm.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.sandbox.SandboxStatus;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The host's disk is full or broken at a sync or rename of a save: told as such, and the guest goes on. */
@ExtendWith(ToolExtension.class)
class DiskErrorIT {
    private static final int NO_SPACE = 7;
    private static final int INTEGRITY = 5;
    /** Every so many calls: each of them is tried by {@link CrashIT}, in a harder way. */
    private static final int STEP = 3;

    private final Tool tool;

    DiskErrorIT(Tool tool) {
        this.tool = tool;
    }

    @BeforeEach
    void reset() {
        tool.reset();
    }

    @Test
    void aFullDiskFailsASaveAndTheGuestGoesOn() {
        failures("ENOSPC", NO_SPACE, "--resume-source");
    }

    @Test
    void aBrokenDiskFailsASaveAndTheGuestGoesOn() {
        failures("EIO", INTEGRITY, "--snapshot-type=full");
    }

    private void failures(String error, int exit, String option) {
        String[] command = {"sandbox", "snapshot", "create", Tool.BOX, "--snapshot-id", "s", option};
        Map<String, Integer> seen = new TreeMap<>();
        for (Strace.Calls calls : new Strace.Calls[] {Strace.Calls.SYNC, Strace.Calls.RENAME}) {
            int successes = 0;
            for (int n = 1; successes < 2; n += STEP) {
                Outcome outcome = tool.run(Strace.failAt(calls, error, n), command);
                seen.merge(calls + " exit " + outcome.exit(), 1, Integer::sum);
                String where = error + " at " + calls + " " + n + ": " + outcome;
                assertThat(outcome.exit()).as(where).isIn(0, exit);
                boolean saved = tool.snapshots().contains("s");
                assertThat(saved).as(where).isEqualTo(outcome.exit() == 0);
                if (saved) {
                    successes++;
                    tool.reset();
                } else {
                    assertThat(outcome.err()).as(where).contains("error: ").contains("hint: ");
                    assertThat(tool.status()).as(where).isEqualTo(SandboxStatus.RUNNING);
                }
                assertThat(tool.guest("cat " + Tool.STATE)).as(where).isEqualTo("saved");
                StoreCheck.assertClean(tool, where);
            }
            tool.run(command).succeeded();
            tool.reset();
        }
        System.out.println("snapshot create with " + error + ": " + seen);
    }
}
