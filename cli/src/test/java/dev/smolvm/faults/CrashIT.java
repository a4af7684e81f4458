package dev.smolvm.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.FlushPolicy;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The tool killed at each rename, sync and removal: afterwards the state is the one before or the one after, and the next
 * command leaves nothing behind.
 */
@ExtendWith(ToolExtension.class)
class CrashIT {
    private static final SnapshotId SAVED = new SnapshotId("s");
    private static final int RESET_EVERY = 6;
    /** Booting takes its time. */
    private static final int BOOT_AGAIN_EVERY = 3;

    private final Tool tool;
    private int round;

    CrashIT(Tool tool) {
        this.tool = tool;
    }

    @BeforeEach
    void reset() {
        tool.reset();
    }

    @Test
    void aKilledSaveOfTheMachineLeavesAllOrNothing() throws Exception {
        killSaves(KillPoints.all(tool), "snapshot create", "full");
    }

    @Test
    void aKilledSaveOfWhatChangedLeavesAllOrNothing() throws Exception {
        killSaves(KillPoints.everyNth(tool, 6), "snapshot create, diff", "diff");
    }

    @Test
    void aKilledSaveOfTheDiskLeavesAllOrNothing() throws Exception {
        killSaves(KillPoints.everyNth(tool, 6), "snapshot create, disk", "disk");
    }

    private void killSaves(KillPoints points, String what, String type) throws Exception {
        String[] command = {
            "sandbox",
            "snapshot",
            "create",
            Tool.BOX,
            "--snapshot-id",
            SAVED.value(),
            "--snapshot-type",
            type,
            "--resume-source"
        };
        points.run(
                what,
                _ -> {
                    if (round++ % RESET_EVERY == 0 || tool.snapshots().contains(SAVED.value())) {
                        tool.reset();
                    }
                    tool.guest("echo " + round + " > " + Tool.STATE + "; sync");
                },
                where -> {
                    nextCommandWorks(where);
                    assertThat(tool.status()).isEqualTo(SandboxStatus.RUNNING);
                    assertThat(tool.guest("cat " + Tool.STATE)).isEqualTo("" + round);
                    if (!tool.snapshots().contains(SAVED.value())) {
                        tool.run(command).succeeded();
                    }
                    assertThat(tool.box().parent()).contains(SAVED);
                    tool.guest("echo destroyed > " + Tool.STATE + "; sync");
                    restore(SAVED);
                    assertThat(tool.guest("cat " + Tool.STATE)).isEqualTo("" + round);
                    tool.library().snapshots().delete(SAVED);
                    StoreCheck.assertClean(tool, where + ", at the end");
                },
                command);
    }

    @Test
    void aSourceThatIsLeftPausedIsLeftSoOnlyOnceItsSnapshotExists() throws Exception {
        KillPoints.everyNth(tool, 4)
                .run(
                        "snapshot create, source left paused",
                        _ -> tool.reset(),
                        where -> {
                            nextCommandWorks(where);
                            boolean saved = tool.snapshots().contains(SAVED.value());
                            assertThat(tool.status()).isEqualTo(saved ? SandboxStatus.PAUSED : SandboxStatus.RUNNING);
                            if (saved) {
                                tool.run("sandbox", "resume", Tool.BOX).succeeded();
                            }
                            assertThat(tool.guest("cat " + Tool.STATE)).isEqualTo("saved");
                        },
                        "sandbox",
                        "snapshot",
                        "create",
                        Tool.BOX,
                        "--snapshot-id",
                        SAVED.value());
    }

    @Test
    void aKilledRestoreOfARunningSandboxLeavesTheOldOrTheNew() throws Exception {
        killRestores(KillPoints.all(tool), "snapshot restore, running", _ -> running());
    }

    @Test
    void aKilledRestoreOfAStoppedSandboxLeavesTheOldOrTheNew() throws Exception {
        killRestores(KillPoints.everyNth(tool, 6), "snapshot restore, stopped", _ -> {
            running();
            tool.library().sandboxes().stop(new SandboxName(Tool.BOX), true);
        });
    }

    @Test
    void aKilledRestoreOfADeletedSandboxLeavesNothingOrTheNew() throws Exception {
        killRestores(KillPoints.everyNth(tool, 6), "snapshot restore, deleted", _ -> {
            if (tool.sandboxes().contains(Tool.BOX)) {
                tool.library().sandboxes().delete(new SandboxName(Tool.BOX), true);
            }
        });
    }

    private void running() {
        if (!tool.sandboxes().contains(Tool.BOX) || tool.status() != SandboxStatus.RUNNING) {
            restore(new SnapshotId(Tool.BASE));
        }
        tool.guest("echo changed > " + Tool.STATE + "; sync");
    }

    private void killRestores(KillPoints points, String what, KillPoints.Step before) throws Exception {
        SnapshotId base = new SnapshotId(Tool.BASE);
        String[] command = {"sandbox", "snapshot", "restore", Tool.BASE, "--resume"};
        SandboxStatus[] old = new SandboxStatus[1];
        points.run(
                what,
                where -> {
                    before.run(where);
                    old[0] = tool.sandboxes().contains(Tool.BOX) ? tool.status() : null;
                    Files.deleteIfExists(tool.layout().snapshotRestored(base));
                },
                where -> {
                    nextCommandWorks(where);
                    boolean restored = tool.library().snapshots().info(base).restored();
                    SandboxStatus now = tool.sandboxes().contains(Tool.BOX) ? tool.status() : null;
                    assertThat(now).isEqualTo(restored ? SandboxStatus.RUNNING : old[0]);
                    if (now == SandboxStatus.RUNNING) {
                        assertThat(tool.guest("cat " + Tool.STATE)).isEqualTo(restored ? "saved" : "changed");
                    }
                    if (now == SandboxStatus.STOPPED) {
                        tool.run("sandbox", "start", Tool.BOX).succeeded();
                        assertThat(tool.guest("cat " + Tool.STATE)).isEqualTo("changed");
                    }
                    tool.run(command).exited(restored ? 4 : 0);
                    assertThat(tool.guest("cat " + Tool.STATE)).isEqualTo("saved");
                    StoreCheck.assertClean(tool, where + ", at the end");
                },
                command);
    }

    @Test
    void aKilledDeleteOfASnapshotIsFinishedByTheNextCommand() throws Exception {
        String[] command = {"sandbox", "snapshot", "delete", SAVED.value()};
        KillPoints.all(tool)
                .run(
                        "snapshot delete",
                        _ -> {
                            tool.guest("echo other > " + Tool.STATE + "; sync");
                            save();
                            // Its layer is now its own alone.
                            restore(new SnapshotId(Tool.BASE));
                        },
                        where -> {
                            nextCommandWorks(where);
                            boolean there = tool.snapshots().contains(SAVED.value());
                            if (there) {
                                restore(SAVED);
                                assertThat(tool.guest("cat " + Tool.STATE)).isEqualTo("other");
                                restore(new SnapshotId(Tool.BASE));
                            }
                            tool.run(command).exited(there ? 0 : 3);
                            assertThat(tool.guest("cat " + Tool.STATE)).isEqualTo("saved");
                            StoreCheck.assertClean(tool, where + ", at the end");
                        },
                        command);
    }

    @Test
    void aKilledCreationLeavesARunningSandboxOrNone() throws Exception {
        Path directory = Files.createDirectories(tool.directory().resolve("mounted"));
        Files.writeString(directory.resolve("file"), "mounted");
        // With a disk of its own, which is a layer that no manifest names until the guest is up.
        String[] command = {"sandbox", "create", "--name", "new", "--mount", directory + ":/mnt"};
        KillPoints.all(tool)
                .run(
                        "sandbox create --mount",
                        _ -> {
                            if (tool.sandboxes().contains("new")) {
                                tool.library().sandboxes().delete(new SandboxName("new"), true);
                            }
                        },
                        where -> {
                            nextCommandWorks(where);
                            if (!tool.sandboxes().contains("new")) {
                                if (round++ % BOOT_AGAIN_EVERY != 0) {
                                    return;
                                }
                                tool.run(command).succeeded();
                            }
                            assertThat(tool.guest("new", "cat /mnt/file")).isEqualTo("mounted");
                            tool.run("sandbox", "delete", "--force", "new").succeeded();
                            StoreCheck.assertClean(tool, where + ", at the end");
                        },
                        command);
        tool.library().sandboxes().delete(new SandboxName("new"), true);
    }

    @Test
    void aKilledDeleteOfASandboxIsFinishedByTheNextCommand() throws Exception {
        String[] command = {"sandbox", "delete", "--force", Tool.BOX};
        KillPoints.all(tool)
                .run(
                        "sandbox delete",
                        _ -> {
                            if (!tool.sandboxes().contains(Tool.BOX)) {
                                restore(new SnapshotId(Tool.BASE));
                            }
                        },
                        where -> {
                            nextCommandWorks(where);
                            boolean there = tool.sandboxes().contains(Tool.BOX);
                            if (there) {
                                assertThat(tool.guest("cat " + Tool.STATE)).isEqualTo("saved");
                            }
                            tool.run(command).exited(there ? 0 : 3);
                            StoreCheck.assertClean(tool, where + ", at the end");
                        },
                        command);
    }

    @Test
    void aKilledCompactionLeavesTheSameDisks() throws Exception {
        SnapshotId last = new SnapshotId("last");
        String[] command = {"store", "compact"};
        KillPoints.everyNth(tool, 6)
                .run(
                        "store compact",
                        _ -> {
                            if (tool.snapshots().contains(last.value())) {
                                tool.library().snapshots().delete(last);
                            }
                            running();
                            save();
                            tool.guest("echo last > " + Tool.STATE + "; sync");
                            save(last);
                            tool.library().snapshots().delete(SAVED);
                            tool.library().sandboxes().stop(new SandboxName(Tool.BOX), true);
                        },
                        where -> {
                            nextCommandWorks(where);
                            tool.run("store", "check", "--data").succeeded();
                            tool.run(command).succeeded();
                            StoreCheck.assertClean(tool, where + ", at the end");
                            restore(last);
                            assertThat(tool.guest("echo 3 > /proc/sys/vm/drop_caches; cat " + Tool.STATE))
                                    .isEqualTo("last");
                        },
                        command);
        tool.library().snapshots().delete(last);
    }

    private void nextCommandWorks(String where) {
        tool.run("sandbox", "list").succeeded();
        StoreCheck.assertClean(tool, where + ", after the next command");
    }

    private void save() {
        save(SAVED);
    }

    private void save(SnapshotId id) {
        tool.library()
                .snapshots()
                .create(
                        new SnapshotRequest(
                                new SandboxName(Tool.BOX),
                                Optional.of(id),
                                SnapshotType.FULL,
                                true,
                                false,
                                FlushPolicy.REQUIRED),
                        Progress.NONE);
    }

    private void restore(SnapshotId id) {
        SmolVm vm = tool.library();
        vm.snapshots().restore(new RestoreRequest(id, true, true), Progress.NONE);
    }
}
