package dev.smolvm.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.json.JsonParser;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.sandbox.SandboxRecord;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.store.SandboxName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a killed command, a killed VM and a reboot leave: locks, sockets, process ids of others. */
@ExtendWith(ToolExtension.class)
@Fault(Case.F13)
class AftermathIT {
    private static final int CONFLICT = 4;
    private static final SandboxName BOX = new SandboxName(Tool.BOX);

    private final Tool tool;

    AftermathIT(Tool tool) {
        this.tool = tool;
    }

    @BeforeEach
    void reset() {
        tool.reset();
    }

    @Test
    void aLockIsNamedWhileItsOwnerLivesAndGoneWhenItIsKilled() throws Exception {
        Tool.Running owner = tool.start(Strace.stopAt(Strace.Calls.SYNC, 3), save());
        long pid = owner.awaitStop();

        Outcome busy = tool.run("sandbox", "pause", Tool.BOX, "--lock-timeout", "100ms")
                .exited(CONFLICT);
        assertThat(busy.err()).contains("sandbox " + Tool.BOX + " is busy", Long.toString(pid));

        Tool.Running.signal("KILL", pid);
        owner.await();
        tool.run("sandbox", "pause", Tool.BOX).succeeded();
        tool.run("sandbox", "resume", Tool.BOX).succeeded();
        assertThat(tool.guest("cat " + Tool.STATE)).isEqualTo("saved");
        StoreCheck.assertClean(tool.layout(), "after a lock's owner was killed");
    }

    @Fault({Case.F06, Case.F13})
    @Test
    void aKilledVmLeavesSocketsThatKeepNothingFromStarting() throws Exception {
        tool.guest("echo synced > " + Tool.STATE + "; sync");
        long vmm = tool.box().pid().orElseThrow();
        ProcessHandle.of(vmm).orElseThrow().destroyForcibly();
        ProcessHandle.of(vmm).ifPresent(p -> p.onExit().join());

        assertThat(tool.run("sandbox", "list").succeeded().out()).contains("crashed");
        tool.run("sandbox", "start", Tool.BOX).succeeded();
        assertThat(tool.guest("cat " + Tool.STATE)).isEqualTo("synced");
        StoreCheck.assertClean(tool.layout(), "after a VM was killed");
    }

    @Test
    void aRebootLeavesASandboxThatStartsAndAnotherProgramWithItsPid() throws Exception {
        tool.guest("echo synced > " + Tool.STATE + "; sync");
        long vmm = tool.box().pid().orElseThrow();
        ProcessHandle.of(vmm).orElseThrow().destroyForcibly();
        Process other = new ProcessBuilder("sleep", "60").start();
        try {
            ProcessIdentity now = ProcessIdentity.of(other.pid()).orElseThrow();
            recordProcess(new ProcessIdentity(now.pid(), now.startTicks(), "the boot before"));

            assertThat(tool.run("sandbox", "list").succeeded().out()).contains("crashed");
            tool.run("sandbox", "start", Tool.BOX).succeeded();
            assertThat(tool.guest("cat " + Tool.STATE)).isEqualTo("synced");

            tool.run("sandbox", "stop", "--force", Tool.BOX).succeeded();
            recordProcess(new ProcessIdentity(now.pid(), now.startTicks() - 1, now.bootId()));
            tool.run("sandbox", "stop", "--force", Tool.BOX).succeeded();
            tool.run("sandbox", "delete", "--force", Tool.BOX).succeeded();
            assertThat(other.isAlive()).isTrue();
        } finally {
            other.destroyForcibly();
        }
    }

    @Test
    void aSourceLeftPausedCanBeSavedAgain() {
        tool.run("sandbox", "snapshot", "create", Tool.BOX, "--snapshot-id", "s")
                .succeeded();
        tool.run("sandbox", "snapshot", "create", Tool.BOX, "--snapshot-id", "t")
                .succeeded();
        assertThat(tool.status()).isEqualTo(SandboxStatus.PAUSED);
        tool.run("sandbox", "snapshot", "restore", "t", "--resume").succeeded();
        assertThat(tool.guest("cat " + Tool.STATE)).isEqualTo("saved");
    }

    /** QEMU is at its last pass when the tool dies: it would wait there for good. */
    @Fault(Case.F01)
    @Test
    void aGuestThatAKilledSaveLeftInTheLastPassGoesOn() throws Exception {
        for (int tries = 0; ; tries++) {
            Tool.Running save = tool.start(java.util.List.of(), save());
            Path device = tool.layout().capture(BOX).resolve("device.state");
            while (save.process().isAlive() && Files.notExists(device)) {
                Thread.onSpinWait();
            }
            save.signal("KILL");
            if (save.await().killed()) {
                break;
            }
            assertThat(tries).isLessThan(5);
            tool.reset();
        }
        tool.run("sandbox", "list").succeeded();
        assertThat(tool.status()).isEqualTo(SandboxStatus.RUNNING);
        assertThat(tool.guest("cat " + Tool.STATE)).isEqualTo("saved");
        StoreCheck.assertClean(tool.layout(), "after a save was killed in the last pass");
        tool.run("sandbox", "snapshot", "create", Tool.BOX, "--snapshot-id", "t", "--resume-source")
                .succeeded();
        tool.run("sandbox", "snapshot", "restore", "t", "--resume").succeeded();
        assertThat(tool.guest("cat " + Tool.STATE)).isEqualTo("saved");
    }

    private static String[] save() {
        return new String[] {"sandbox", "snapshot", "create", Tool.BOX, "--snapshot-id", "s", "--resume-source"};
    }

    private void recordProcess(ProcessIdentity process) throws IOException {
        Path file = tool.layout().sandboxFile(BOX);
        SandboxRecord record = SandboxRecord.fromJson(JsonParser.read(file));
        Files.writeString(
                file, record.running(record.generation(), process).toJson().pretty());
    }
}
