package dev.smolvm.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.json.JsonParser;
import dev.smolvm.sandbox.SandboxRecord;
import dev.smolvm.store.SandboxName;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Guests that do not answer, and a tool that dies or hangs while the guest's file systems are frozen. */
@ExtendWith(ToolExtension.class)
@Fault(Case.F23)
class FrozenGuestIT {
    private static final int INTEGRITY = 5;
    private static final int NO_ANSWER = 9;
    /** The sync before the first one in the save of a disk is the journal's; this one is the new layer's. */
    private static final int WHILE_FROZEN = 2;

    private static final SandboxName BOX = new SandboxName(Tool.BOX);
    private static final String[] SAVE_DISK = {
        "sandbox", "snapshot", "create", Tool.BOX, "--snapshot-id", "s", "--snapshot-type", "disk", "--resume-source"
    };

    private final Tool tool;

    FrozenGuestIT(Tool tool) {
        this.tool = tool;
    }

    @BeforeEach
    void reset() {
        tool.reset();
    }

    @Test
    void anAgentThatNeverAnswersFreezeFailsTheSaveByTheDeadline() throws IOException {
        try (FakePort port = new FakePort(run(), client -> {
            FakePort.greet(client);
            hang();
        })) {
            Outcome outcome = tool.run(SAVE_DISK).exited(NO_ANSWER);
            assertThat(outcome.time()).isLessThan(Duration.ofSeconds(35));
            assertThat(outcome.err()).contains("freeze", "--flush-policy");
        }
        guestWrites();
        assertThat(tool.snapshots()).containsExactly(Tool.BASE);
        StoreCheck.assertClean(tool.layout(), "after a freeze that was not answered");
        tool.run(SAVE_DISK).succeeded();
    }

    @Test
    void anAgentThatNeverAnswersThawHoldsUpTheSaveNoLongerThanTheDeadline() throws IOException {
        try (FakePort port = new FakePort(run(), client -> {
            assertThat(FakePort.greet(client)).isEqualTo(FakePort.FREEZE);
            FakePort.send(client, FakePort.OK, (byte) 1, (byte) 0, (byte) 0, (byte) 0);
            assertThat(FakePort.skipFrame(client)).isEqualTo(FakePort.THAW);
            hang();
        })) {
            // The layers were switched within the watchdog's time, so what was saved is what was frozen.
            Outcome outcome = tool.run(SAVE_DISK).succeeded();
            assertThat(outcome.time()).isLessThan(Duration.ofSeconds(30));
        }
        guestWrites();
        StoreCheck.assertClean(tool.layout(), "after a thaw that was not answered");
    }

    @Test
    void aToolKilledWhileTheGuestIsFrozenLeavesItThawed() throws IOException {
        Outcome outcome = tool.run(Strace.killAt(Strace.Calls.SYNC, WHILE_FROZEN), SAVE_DISK);
        assertThat(outcome.killed()).as("%s", outcome).isTrue();
        guestWrites();
        assertThat(tool.snapshots()).containsExactly(Tool.BASE);
        StoreCheck.assertClean(tool.layout(), "after the tool was killed while the guest was frozen");
    }

    @Test
    void aToolThatHangsWhileTheGuestIsFrozenDoesNotClaimAConsistentDisk() throws Exception {
        Tool.Running save = tool.start(Strace.stopAt(Strace.Calls.SYNC, WHILE_FROZEN), SAVE_DISK);
        long pid = save.awaitStop();
        // Waits for the agent's watchdog, 10 s.
        guestWrites();
        Outcome outcome = save.awaitContinued(pid);
        assertThat(outcome.exit()).as("%s", outcome).isEqualTo(NO_ANSWER);
        assertThat(tool.snapshots()).containsExactly(Tool.BASE);
        guestWrites();
        StoreCheck.assertClean(tool.layout(), "after the tool hung while the guest was frozen");
        tool.run(SAVE_DISK).succeeded();
    }

    @Fault(Case.F22)
    @Test
    void aGuestThatDripsForeverEndsACommandByItsDeadlineInASmallHeap() throws IOException {
        try (FakePort port = new FakePort(run(), client -> {
            while (true) {
                client.write(java.nio.ByteBuffer.wrap(new byte[] {(byte) 0x84, 0, 0, 0, 1}));
                Thread.sleep(2);
            }
        })) {
            Outcome outcome = smallHeap("sandbox", "exec", Tool.BOX, "--", "true");
            assertThat(outcome.exit()).as("%s", outcome).isIn(INTEGRITY, NO_ANSWER);
            assertThat(outcome.time()).isLessThan(Duration.ofSeconds(40));
            assertThat(outcome.err()).doesNotContain("OutOfMemory", "Exception");
        }
        guestWrites();
    }

    @Fault(Case.F22)
    @Test
    void aGuestThatFloodsEndsACommandInASmallHeap() throws IOException {
        byte[] flood = new byte[1 << 16];
        java.util.Arrays.fill(flood, (byte) 0x84);
        try (FakePort port = new FakePort(run(), client -> {
            while (true) {
                client.write(java.nio.ByteBuffer.wrap(flood));
            }
        })) {
            Outcome outcome = smallHeap("sandbox", "exec", Tool.BOX, "--", "true");
            assertThat(outcome.exit()).as("%s", outcome).isIn(INTEGRITY, NO_ANSWER);
            assertThat(outcome.err()).doesNotContain("OutOfMemory", "Exception");
        }
        guestWrites();
    }

    private Outcome smallHeap(String... arguments) {
        return tool.launch(tool.command(List.of(), List.of("-Xmx64m"), arguments), List.of(arguments))
                .await();
    }

    /** On another port than the one a hung tool holds. */
    private void guestWrites() {
        long start = System.nanoTime();
        assertThat(tool.guest("echo on > /root/goes; sync; cat /root/goes")).isEqualTo("on");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(14));
    }

    private static void hang() throws InterruptedException {
        Thread.sleep(Duration.ofMinutes(2));
    }

    private Path run() throws IOException {
        SandboxRecord record =
                SandboxRecord.fromJson(JsonParser.read(tool.layout().sandboxFile(BOX)));
        return tool.layout().run(BOX, record.generation());
    }
}
