package dev.smolvm.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.FlushPolicy;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The tool killed at each rename, sync and removal: afterwards the state is the one before or the one after, and the next
 * command leaves nothing behind. An operation that changes anything belongs into {@link #operations}.
 */
@ExtendWith(ToolExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Fault(Case.F01)
class CrashIT {
    private static final SnapshotId SAVED = new SnapshotId("s");
    private static final SnapshotId LAST = new SnapshotId("last");
    private static final SnapshotId BASE = new SnapshotId(Tool.BASE);
    private static final SandboxName BOX = new SandboxName(Tool.BOX);
    private static final SandboxName NEW = new SandboxName("new");
    private static final String[] CREATE = {"sandbox", "create", "--name", NEW.value()};
    private static final ImageName IMAGE = new ImageName("tiny");
    private static final int RESET_EVERY = 6;
    /** Booting takes its time. */
    private static final int BOOT_AGAIN_EVERY = 3;

    private final Tool tool;
    private int round;
    private SandboxStatus old;

    CrashIT(Tool tool) {
        this.tool = tool;
    }

    @BeforeEach
    void reset() {
        tool.reset();
    }

    List<Operation> operations() throws IOException {
        return List.of(
                save("snapshot create", "full"),
                save("snapshot create, diff", "diff").asVariant(),
                save("snapshot create, disk", "disk").asVariant(),
                saveThatLeavesItsSourcePaused().asVariant(),
                restore("snapshot restore, running", _ -> running()),
                restore("snapshot restore, stopped", _ -> {
                            running();
                            tool.library().sandboxes().stop(BOX, true);
                        })
                        .asVariant(),
                restore("snapshot restore, deleted", _ -> gone(BOX)).asVariant(),
                restoreAsAnother(),
                deletionOfASnapshot(),
                creation(),
                creationFromATemplate(),
                makingOfATemplate().asVariant(),
                fork(),
                compaction(),
                export(tool.directory().resolve("exported")),
                importing(tool.directory().resolve("imported")),
                deletionOfASandbox());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("operations")
    void killedLeavesTheStateBeforeOrTheStateAfter(Operation operation) throws Exception {
        new KillPoints(tool, operation).run();
        gone(NEW);
    }

    private Operation save(String what, String type) {
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
        return Operation.of(
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
                    assertThat(state()).isEqualTo("" + round);
                    boolean saved = tool.snapshots().contains(SAVED.value());
                    if (!saved) {
                        tool.run(command).succeeded();
                    }
                    assertThat(tool.box().parent()).contains(SAVED);
                    tool.guest("echo destroyed > " + Tool.STATE + "; sync");
                    restore(SAVED);
                    assertThat(state()).isEqualTo("" + round);
                    tool.library().snapshots().delete(SAVED);
                    return ended(saved, where);
                },
                command);
    }

    private Operation saveThatLeavesItsSourcePaused() {
        return Operation.of(
                "snapshot create, source left paused",
                _ -> tool.reset(),
                where -> {
                    nextCommandWorks(where);
                    boolean saved = tool.snapshots().contains(SAVED.value());
                    assertThat(tool.status()).isEqualTo(saved ? SandboxStatus.PAUSED : SandboxStatus.RUNNING);
                    if (saved) {
                        tool.run("sandbox", "resume", Tool.BOX).succeeded();
                    }
                    assertThat(state()).isEqualTo("saved");
                    return ended(saved, where);
                },
                "sandbox",
                "snapshot",
                "create",
                Tool.BOX,
                "--snapshot-id",
                SAVED.value());
    }

    private void running() {
        if (!tool.sandboxes().contains(Tool.BOX) || tool.status() != SandboxStatus.RUNNING) {
            restore(BASE);
        }
        tool.guest("echo changed > " + Tool.STATE + "; sync");
    }

    private Operation restore(String what, Operation.Step before) {
        String[] command = {"sandbox", "snapshot", "restore", Tool.BASE, "--resume"};
        return Operation.of(
                what,
                where -> {
                    before.run(where);
                    old = tool.sandboxes().contains(Tool.BOX) ? tool.status() : null;
                    Files.deleteIfExists(tool.layout().snapshotRestored(BASE));
                },
                where -> {
                    nextCommandWorks(where);
                    boolean restored = tool.library().snapshots().info(BASE).restored();
                    SandboxStatus now = tool.sandboxes().contains(Tool.BOX) ? tool.status() : null;
                    assertThat(now).isEqualTo(restored ? SandboxStatus.RUNNING : old);
                    if (now == SandboxStatus.RUNNING) {
                        assertThat(state()).isEqualTo(restored ? "saved" : "changed");
                    }
                    if (now == SandboxStatus.STOPPED) {
                        tool.run("sandbox", "start", Tool.BOX).succeeded();
                        assertThat(state()).isEqualTo("changed");
                    }
                    tool.run(command).exited(restored ? 4 : 0);
                    assertThat(state()).isEqualTo("saved");
                    return ended(restored, where);
                },
                command);
    }

    private Operation restoreAsAnother() {
        String[] command = {"sandbox", "snapshot", "restore", Tool.BASE, "--resume", "--name", NEW.value()};
        return Operation.of(
                "snapshot restore --name",
                _ -> {
                    gone(NEW);
                    running();
                },
                where -> {
                    nextCommandWorks(where);
                    boolean there = tool.sandboxes().contains(NEW.value());
                    tool.run(command).exited(there ? 4 : 0);
                    assertThat(tool.guest(NEW.value(), "cat " + Tool.STATE + "; hostname"))
                            .isEqualTo("saved\n" + NEW);
                    assertThat(state()).isEqualTo("changed");
                    tool.run("sandbox", "delete", "--force", NEW.value()).succeeded();
                    return ended(there, where);
                },
                command);
    }

    private Operation deletionOfASnapshot() {
        String[] command = {"sandbox", "snapshot", "delete", SAVED.value()};
        return Operation.of(
                "snapshot delete",
                _ -> {
                    tool.guest("echo other > " + Tool.STATE + "; sync");
                    save();
                    // Its layer is now its own alone.
                    restore(BASE);
                },
                where -> {
                    nextCommandWorks(where);
                    boolean there = tool.snapshots().contains(SAVED.value());
                    if (there) {
                        restore(SAVED);
                        assertThat(state()).isEqualTo("other");
                        restore(BASE);
                    }
                    tool.run(command).exited(there ? 0 : 3);
                    assertThat(state()).isEqualTo("saved");
                    return ended(!there, where);
                },
                command);
    }

    private Operation creation() throws IOException {
        Path directory = Files.createDirectories(tool.directory().resolve("mounted"));
        Files.writeString(directory.resolve("file"), "mounted");
        // With a disk of its own, which is a layer that no manifest names until the guest is up.
        String[] command = {"sandbox", "create", "--name", NEW.value(), "--mount", directory + ":/mnt"};
        return Operation.of(
                "sandbox create --mount",
                _ -> gone(NEW),
                where -> {
                    nextCommandWorks(where);
                    boolean there = tool.sandboxes().contains(NEW.value());
                    if (!there) {
                        if (round++ % BOOT_AGAIN_EVERY != 0) {
                            return Operation.OLD;
                        }
                        tool.run(command).succeeded();
                    }
                    assertThat(tool.guest(NEW.value(), "cat /mnt/file")).isEqualTo("mounted");
                    tool.run("sandbox", "delete", "--force", NEW.value()).succeeded();
                    return ended(there, where);
                },
                command);
    }

    private Operation creationFromATemplate() {
        return creation("sandbox create, from a template", _ -> {
            gone(NEW);
            if (Files.notExists(tool.layout().templates(IMAGE))) {
                tool.run(CREATE).succeeded();
                gone(NEW);
            }
        });
    }

    private Operation makingOfATemplate() {
        return creation("sandbox create, which makes the template", _ -> {
            gone(NEW);
            tool.library().store().remove(tool.layout().templates(IMAGE), () -> {});
        });
    }

    private Operation creation(String what, Operation.Step before) {
        return Operation.of(
                what,
                before,
                where -> {
                    nextCommandWorks(where);
                    boolean there = tool.sandboxes().contains(NEW.value());
                    tool.run(CREATE).exited(there ? 4 : 0);
                    assertThat(tool.guest(NEW.value(), "hostname")).isEqualTo(NEW.value());
                    tool.run("store", "check", "--data").succeeded();
                    tool.run("sandbox", "delete", "--force", NEW.value()).succeeded();
                    return ended(there, where);
                },
                CREATE);
    }

    private Operation deletionOfASandbox() {
        String[] command = {"sandbox", "delete", "--force", Tool.BOX};
        return Operation.of(
                "sandbox delete",
                _ -> {
                    if (!tool.sandboxes().contains(Tool.BOX)) {
                        restore(BASE);
                    }
                },
                where -> {
                    nextCommandWorks(where);
                    boolean there = tool.sandboxes().contains(Tool.BOX);
                    if (there) {
                        assertThat(state()).isEqualTo("saved");
                    }
                    tool.run(command).exited(there ? 0 : 3);
                    return ended(!there, where);
                },
                command);
    }

    private String state() {
        return tool.guest("cat " + Tool.STATE);
    }

    private Operation compaction() {
        String[] command = {"store", "compact"};
        return Operation.of(
                "store compact",
                _ -> {
                    remove(LAST);
                    running();
                    save();
                    tool.guest("echo last > " + Tool.STATE + "; sync");
                    save(LAST);
                    tool.library().snapshots().delete(SAVED);
                    tool.library().sandboxes().stop(BOX, true);
                },
                where -> {
                    nextCommandWorks(where);
                    tool.run("store", "check", "--data").succeeded();
                    boolean merged = tool.run(command).succeeded().out().contains("nothing to merge");
                    restore(LAST);
                    assertThat(tool.guest("echo 3 > /proc/sys/vm/drop_caches; cat " + Tool.STATE))
                            .isEqualTo("last");
                    remove(LAST);
                    return ended(merged, where);
                },
                command);
    }

    private Operation fork() {
        String[] command = {
            "sandbox", "fork", Tool.BOX, "--count", "2", "--name", "new-{}", "--snapshot-id", SAVED.value()
        };
        List<SandboxName> copies = List.of(new SandboxName("new-1"), new SandboxName("new-2"));
        return Operation.of(
                "sandbox fork",
                _ -> {
                    copies.forEach(this::gone);
                    remove(SAVED);
                    running();
                },
                where -> {
                    nextCommandWorks(where);
                    assertThat(tool.status()).isEqualTo(SandboxStatus.RUNNING);
                    assertThat(state()).isEqualTo("changed");
                    int up = 0;
                    for (SandboxName copy : copies) {
                        if (tool.sandboxes().contains(copy.value())) {
                            assertThat(tool.guest(copy.value(), "cat " + Tool.STATE + "; hostname"))
                                    .isEqualTo("changed\n" + copy);
                            up++;
                        }
                        gone(copy);
                    }
                    remove(SAVED);
                    return ended(up == copies.size(), where);
                },
                command);
    }

    private Operation export(Path archive) {
        String[] command = {"sandbox", "snapshot", "export", Tool.BASE, "-o", archive.toString()};
        return Operation.of(
                "snapshot export",
                _ -> Files.deleteIfExists(archive),
                where -> {
                    nextCommandWorks(where);
                    boolean there = Files.exists(archive);
                    tool.run(command).exited(there ? 4 : 0);
                    tool.run("sandbox", "snapshot", "import", archive.toString(), "--name", LAST.value())
                            .succeeded();
                    remove(LAST);
                    return ended(there, where);
                },
                command);
    }

    private Operation importing(Path archive) {
        String[] command = {"sandbox", "snapshot", "import", archive.toString(), "--name", LAST.value()};
        return Operation.of(
                "snapshot import",
                _ -> {
                    remove(LAST);
                    if (Files.notExists(archive)) {
                        tool.run("sandbox", "snapshot", "export", Tool.BASE, "-o", archive.toString())
                                .succeeded();
                    }
                },
                where -> {
                    nextCommandWorks(where);
                    boolean there = tool.snapshots().contains(LAST.value());
                    tool.run(command).exited(there ? 4 : 0);
                    tool.run("sandbox", "snapshot", "verify", LAST.value()).succeeded();
                    remove(LAST);
                    return ended(there, where);
                },
                command);
    }

    private void remove(SnapshotId id) {
        if (tool.snapshots().contains(id.value())) {
            tool.library().snapshots().delete(id);
        }
    }

    private void nextCommandWorks(String where) {
        tool.run("sandbox", "list").succeeded();
        StoreCheck.assertClean(tool.layout(), where + ", after the next command");
    }

    private String ended(boolean changed, String where) {
        StoreCheck.assertClean(tool.layout(), where + ", at the end");
        return changed ? Operation.NEW : Operation.OLD;
    }

    private void gone(SandboxName name) {
        if (tool.sandboxes().contains(name.value())) {
            tool.library().sandboxes().delete(name, true);
        }
    }

    private void save() {
        save(SAVED);
    }

    private void save(SnapshotId id) {
        tool.library()
                .snapshots()
                .create(
                        new SnapshotRequest(BOX, Optional.of(id), SnapshotType.FULL, true, false, FlushPolicy.REQUIRED),
                        Progress.NONE);
    }

    private void restore(SnapshotId id) {
        SmolVm vm = tool.library();
        vm.snapshots().restore(new RestoreRequest(id, true, true), Progress.NONE);
    }
}
