package dev.smolvm.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.store.SandboxName;
import java.nio.file.Files;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Signals at random times: an interrupted command undoes its work itself, a killed one has it undone by the next. */
@ExtendWith(ToolExtension.class)
@Fault(Case.F03)
class SignalIT {
    private static final int INTERRUPTIONS = Form.of(4, 100);
    private static final int KILLS = Form.of(3, 100);
    /** By SIGTERM before there was anything to undo: the JVM's own exit code. */
    private static final int TERMINATED = 143;

    private final Tool tool;
    private final Random random = Form.random();

    SignalIT(Tool tool) {
        this.tool = tool;
    }

    @BeforeEach
    void reset() {
        tool.reset();
    }

    @Test
    void anInterruptedSaveLeavesItsSourceRunningAndNothingElse() throws Exception {
        saves(List.of("INT", "TERM"));
    }

    @Test
    void aSaveKilledAtAnyTimeLeavesItsSourceRunning() throws Exception {
        saves(List.of("KILL"));
    }

    @Test
    void anInterruptedRestoreLeavesTheOldOrTheNew() throws Exception {
        restores(List.of("INT", "TERM"));
    }

    @Test
    void aRestoreKilledAtAnyTimeLeavesTheOldOrTheNew() throws Exception {
        restores(List.of("KILL"));
    }

    private void saves(List<String> signals) throws Exception {
        String[] command = {
            "sandbox", "snapshot", "create", Tool.BOX, "--snapshot-id", "s", "--resume-source", "--verbose"
        };
        rounds(signals, command, (where, outcome) -> {
            assertThat(tool.status()).as(where).isEqualTo(SandboxStatus.RUNNING);
            boolean saved = tool.snapshots().contains("s");
            if (outcome.exit() == 0) {
                assertThat(saved).as(where).isTrue();
            }
            if (!saved) {
                tool.run(command).succeeded();
            }
            tool.guest("echo destroyed > " + Tool.STATE);
            tool.run("sandbox", "snapshot", "restore", "s", "--resume").succeeded();
            assertThat(tool.guest("cat " + Tool.STATE)).as(where).isEqualTo("changed");
            tool.run("sandbox", "snapshot", "delete", "s").succeeded();
        });
    }

    private void restores(List<String> signals) throws Exception {
        String[] command = {"sandbox", "snapshot", "restore", Tool.BASE, "--resume", "--force", "--verbose"};
        rounds(signals, command, (where, outcome) -> {
            assertThat(tool.status()).as(where).isEqualTo(SandboxStatus.RUNNING);
            String state = tool.guest("cat " + Tool.STATE);
            assertThat(state).as(where).isIn(outcome.exit() == 0 ? List.of("saved") : List.of("saved", "changed"));
        });
    }

    private interface Check {
        void run(String where, Outcome outcome);
    }

    private void rounds(List<String> signals, String[] command, Check check) throws Exception {
        long usual = tool.run(command).succeeded().time().toMillis();
        tool.reset();
        StringBuilder seen = new StringBuilder();
        for (int i = 0; i < (signals.contains("KILL") ? KILLS : INTERRUPTIONS); i++) {
            tool.guest("echo changed > " + Tool.STATE + "; sync");
            String signal = signals.get(i % signals.size());
            long delay = random.nextLong(usual / 10, usual);
            Tool.Running run = tool.start(List.of(), command);
            Thread.sleep(delay);
            run.signal(signal);
            Outcome outcome = run.await();
            seen.append(' ')
                    .append(signal)
                    .append('@')
                    .append(delay)
                    .append("ms=")
                    .append(outcome.exit());
            String where = "SIG" + signal + " after " + delay + " ms: " + outcome;
            if (!outcome.killed()) {
                assertThat(outcome.exit())
                        .as(where)
                        .isIn(
                                signal.equals("TERM")
                                        ? List.of(0, Outcome.INTERRUPTED, TERMINATED)
                                        : List.of(0, Outcome.INTERRUPTED));
                // It has cleaned up itself.
                assertThat(Files.exists(tool.layout().unfinished(new SandboxName(Tool.BOX))))
                        .as(where)
                        .isFalse();
            }
            tool.run("sandbox", "list").succeeded();
            if (Files.exists(tool.layout().unfinished(new SandboxName(Tool.BOX)))) {
                // Where others keep the disk busy, a VMM that was writing may not answer in time: the next command's
                // work.
                tool.run("sandbox", "list").succeeded();
            }
            StoreCheck.assertClean(tool.layout(), where);
            check.run(where, outcome);
            Injections.record(
                    Case.F03,
                    "SIG" + signal + " at a random time of: " + command[1] + " " + command[2],
                    "exit " + outcome.exit());
            StoreCheck.assertClean(tool.layout(), where + ", at the end");
        }
        System.out.println(String.join(" ", command) + ":" + seen);
    }
}
