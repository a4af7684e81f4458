package dev.smolvm.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.sandbox.SandboxStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The host's disk is full or broken at a write, sync or rename of a save or restore: told as such, and the guest goes on. */
@ExtendWith(ToolExtension.class)
@Fault(Case.F02)
class DiskErrorIT {
    private static final int TOO_MANY = 500;

    private static final String[] SAVE = {
        "sandbox", "snapshot", "create", Tool.BOX, "--snapshot-id", "s", "--resume-source"
    };
    private static final String[] RESTORE = {"sandbox", "snapshot", "restore", Tool.BASE, "--force", "--resume"};

    private final Tool tool;

    @TempDir
    Path directory;

    DiskErrorIT(Tool tool) {
        this.tool = tool;
    }

    @BeforeEach
    void reset() {
        tool.reset();
    }

    @ParameterizedTest(name = "{0} fails a save with {1}")
    @CsvSource({"ENOSPC, 7", "EIO, 5"})
    void failsASaveAndTheGuestGoesOn(String error, int exit) throws IOException {
        failures(error, exit, "snapshot create", SAVE);
    }

    @ParameterizedTest(name = "{0} fails a restore with {1}")
    @CsvSource({"ENOSPC, 7", "EIO, 5"})
    void failsARestoreAndTheSandboxIsAsItWas(String error, int exit) throws IOException {
        failures(error, exit, "snapshot restore", RESTORE);
    }

    private void failures(String error, int exit, String what, String[] command) throws IOException {
        Map<String, Integer> seen = new TreeMap<>();
        for (Strace.Calls calls : List.of(Strace.Calls.SYNC, Strace.Calls.RENAME, Strace.Calls.WRITE)) {
            int step = Form.of(calls == Strace.Calls.RENAME ? 3 : 10, 1);
            int n = 1 + (int) (Form.day() % step);
            while (failsAt(error, exit, calls, n, what, command, seen)) {
                n += step;
                assertThat(n).isLessThan(TOO_MANY);
            }
            tool.run(command).succeeded();
            tool.reset();
        }
        assertThat(seen).isNotEmpty();
        System.out.println(what + " with " + error + ": " + seen);
    }

    /** Whether there was such a call. */
    private boolean failsAt(
            String error, int exit, Strace.Calls calls, int n, String what, String[] command, Map<String, Integer> seen)
            throws IOException {
        tool.guest("echo changed > " + Tool.STATE + "; sync");
        Path trace = directory.resolve("trace");
        Outcome outcome = tool.run(Strace.failAt(calls, error, n, trace), command);
        List<String> failed = Files.readAllLines(trace).stream()
                .filter(l -> l.contains("(INJECTED)"))
                .toList();
        if (failed.isEmpty()) {
            outcome.succeeded();
            tool.reset();
            return false;
        }
        boolean files = failed.stream().allMatch(l -> l.contains("<" + tool.home()) || l.contains("\"" + tool.home()));
        String where = error + " at " + calls + " " + n + " of " + what + " (" + failed + "): " + outcome;
        if (files) {
            assertThat(outcome.exit()).as(where).isIn(0, exit);
        }
        boolean done = what.endsWith("create")
                ? tool.snapshots().contains("s")
                : tool.guest("cat " + Tool.STATE).equals("saved");
        if (files || outcome.exit() == 0) {
            assertThat(done).as(where).isEqualTo(outcome.exit() == 0);
        }
        if (outcome.exit() != 0 && files) {
            assertThat(outcome.err()).as(where).contains("error: ").contains("hint: ");
        }
        assertThat(tool.status()).as(where).isEqualTo(SandboxStatus.RUNNING);
        if (!done) {
            assertThat(tool.guest("cat " + Tool.STATE)).as(where).isEqualTo("changed");
        }
        tool.run("sandbox", "list").succeeded();
        StoreCheck.assertClean(tool.layout(), where);
        String end = "exit " + outcome.exit() + (done ? ", done" : ", as it was");
        seen.merge(calls.label() + " " + end, 1, Integer::sum);
        Injections.record(
                Case.F02, error + " at a " + calls.label() + (files ? "" : " not to a file") + " of " + what, end);
        if (done) {
            tool.reset();
        }
        return true;
    }
}
