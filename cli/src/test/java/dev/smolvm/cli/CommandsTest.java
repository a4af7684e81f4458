package dev.smolvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.cli.fake.CliRun;
import dev.smolvm.cli.session.Surroundings;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.fork.ForkRequest;
import dev.smolvm.guest.GuestVariables;
import dev.smolvm.host.Check;
import dev.smolvm.image.ImageRequest;
import dev.smolvm.inspect.ContentDiff;
import dev.smolvm.inspect.FileChange;
import dev.smolvm.inspect.FileKind;
import dev.smolvm.json.JsonFields;
import dev.smolvm.sandbox.AcceleratorChoice;
import dev.smolvm.sandbox.DriveRequest;
import dev.smolvm.sandbox.MountRequest;
import dev.smolvm.sandbox.NetworkMode;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.FlushPolicy;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandsTest {
    private final CliRun cli = new CliRun();

    @Test
    void forkPassesEveryOptionOn() {
        cli.sandboxes.with("web", SandboxStatus.RUNNING);
        cli.environment.put("TOKEN", "hidden");
        int code = cli.run(
                "sandbox",
                "fork",
                "web",
                "--count=3",
                "--parallel=2",
                "--name=try-{}",
                "--env=MODE=fast",
                "--env=TOKEN",
                "--snapshot-id=origin",
                "--json");
        assertThat(code).isZero();
        assertThat(cli.forks.asked)
                .containsExactly(new ForkRequest(
                        new SandboxName("web"),
                        3,
                        OptionalInt.of(2),
                        Optional.of("try-{}"),
                        new GuestVariables(Map.of("MODE", "fast", "TOKEN", "hidden")),
                        Optional.of(new SnapshotId("origin"))));
        assertThat(cli.json().object("data").string("snapshot_id")).isEqualTo("fork-1");
        assertThat(cli.out()).doesNotContain("hidden");
        assertThat(cli.run("sandbox", "fork", "web")).isZero();
        assertThat(cli.forks.asked.getLast()).isEqualTo(ForkRequest.of(new SandboxName("web"), 1));
        assertThat(cli.run("sandbox", "fork", "web", "--env", "1=x")).isEqualTo(2);
        assertThat(cli.run("sandbox", "fork", "web", "--count", "0")).isEqualTo(2);
    }

    @Test
    void aForkOfWhichACopyFailedTellsOfAllOfThem() {
        cli.sandboxes.with("web", SandboxStatus.RUNNING);
        cli.forks.failing = 2;
        assertThat(cli.run("sandbox", "fork", "web", "--count", "3")).isEqualTo(10);
        assertThat(cli.out()).contains("web-fork-2", "failed: its VMM ended", "from snapshot fork-1");
        assertThat(cli.err()).contains("error: 1 of 3 copies of sandbox web failed", "hint: smolvm doctor");

        assertThat(cli.run("sandbox", "fork", "web", "--count", "3", "--json")).isEqualTo(10);
        JsonFields error = cli.json().object("error");
        assertThat(error.string("code")).isEqualTo("vm_died");
        List<JsonFields> copies = error.object("details").list("forks", f -> f);
        assertThat(copies).extracting(c -> c.string("status")).containsExactly("running", "failed", "running");
        assertThat(copies.get(1).object("error").string("message")).isEqualTo("its VMM ended");
        assertThat(copies.get(1).object("error").string("recovery")).isEqualTo("smolvm doctor");
    }

    @Test
    void createPassesEveryOptionOn() {
        int code = cli.run(
                "sandbox",
                "create",
                "--name",
                "web",
                "--image",
                "debian",
                "--memory",
                "2G",
                "--cpus=2",
                "--disk-size",
                "10G",
                "--accel",
                "tcg",
                "--network",
                "none",
                "--drive",
                "a.raw",
                "--drive",
                "b.qcow2:ro",
                "--mount",
                "./src:/work/src",
                "--boot-timeout",
                "90s");
        assertThat(code).isZero();
        SandboxRequest request = cli.sandboxes.created.getFirst();
        assertThat(request.name()).contains(new SandboxName("web"));
        assertThat(request.image()).isEqualTo(new ImageName("debian"));
        assertThat(request.memoryMib()).isEqualTo(2048);
        assertThat(request.cpus()).isEqualTo(2);
        assertThat(request.diskBytes()).isEqualTo(OptionalLong.of(10L << 30));
        assertThat(request.accelerator()).isEqualTo(AcceleratorChoice.TCG);
        assertThat(request.network()).isEqualTo(NetworkMode.NONE);
        assertThat(request.drives())
                .containsExactly(new DriveRequest(Path.of("a.raw"), false), new DriveRequest(Path.of("b.qcow2"), true));
        assertThat(request.mounts()).containsExactly(new MountRequest(Path.of("./src"), "/work/src"));
        assertThat(request.bootTimeout()).isEqualTo(Duration.ofSeconds(90));
        assertThat(cli.out()).isEqualTo("web running\n");
    }

    @Test
    void createAloneAsksForTheDefaults() {
        assertThat(cli.run("sandbox", "create")).isZero();
        assertThat(cli.sandboxes.created).containsExactly(SandboxRequest.of(new ImageName("tiny")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--memory 0",
                "--memory -1",
                "--memory 1K",
                "--memory 99999999999999999999",
                "--cpus 0",
                "--cpus two",
                "--network lan",
                "--accel hvf",
                "--mount /only",
                "--mount a:relative",
                "--name ../x",
                "--name /abs",
                "--name -x",
                "--name Upper",
                "--name a,b",
                "--boot-timeout soon",
                "extra"
            })
    void badValuesAreUsageErrorsAndNothingIsTouched(String arguments) {
        assertThat(cli.run(("sandbox create " + arguments).split(" "))).isEqualTo(2);
        assertThat(cli.lockTimeout).as("the store was opened").isNull();
        assertThat(cli.err()).startsWith("error: ").contains("\nhint: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "new\nline", "\u0001", "\uD83D\uDE00"})
    void namesThatAreNoNamesAreUsageErrors(String name) {
        assertThat(cli.run("sandbox", "create", "--name", name)).isEqualTo(2);
        assertThat(cli.run("sandbox", "snapshot", "create", "web", "--snapshot-id", name))
                .isEqualTo(2);
        assertThat(cli.lockTimeout).isNull();
    }

    @Test
    void listsAreAlignedAndPlain() {
        cli.sandboxes.with("a-long-name", SandboxStatus.RUNNING).with("b", SandboxStatus.OUT_OF_SPACE);
        assertThat(cli.run("sandbox", "list")).isZero();
        assertThat(cli.out())
                .isEqualTo(
                        """
                        NAME         STATUS        IMAGE  BACKEND  MEMORY   CPUS  CREATED               PID
                        a-long-name  running       tiny   qemu     512 MiB  1     2026-01-02T03:04:05Z  4711
                        b            out-of-space  tiny   qemu     512 MiB  1     2026-01-02T03:04:05Z  4711
                        """);
        cli.terminals = new Surroundings.Terminals(false, true, false);
        cli.run("sandbox", "list");
        assertThat(cli.out()).startsWith("\033[1mNAME ");
    }

    @Test
    void lifeCycleCommandsAskTheLibrary() {
        cli.sandboxes.with("web", SandboxStatus.RUNNING);
        assertThat(cli.run("sandbox", "pause", "web")).isZero();
        assertThat(cli.run("sandbox", "resume", "web")).isZero();
        assertThat(cli.run("sandbox", "stop", "--force", "web")).isZero();
        assertThat(cli.run("sandbox", "start", "web", "--json")).isZero();
        assertThat(cli.json().object("data").object("sandbox").string("status")).isEqualTo("running");
        assertThat(cli.run("sandbox", "delete", "web")).isEqualTo(4);
        assertThat(cli.run("sandbox", "delete", "--force", "web")).isZero();
        assertThat(cli.sandboxes.calls)
                .containsExactly("pause web", "resume web", "stop --force web", "start web", "delete web");
    }

    @Test
    void portsAreExposedListedAndClosed() {
        cli.sandboxes.with("web", SandboxStatus.RUNNING);
        assertThat(cli.run("sandbox", "port", "expose", "web", "80")).isZero();
        assertThat(cli.out()).isEqualTo("127.0.0.1:40000 -> 80\n");
        assertThat(cli.run("sandbox", "port", "list", "web", "--json")).isZero();
        assertThat(cli.out()).contains("\"ports\":[{\"host\":\"127.0.0.1\",\"host_port\":8080,\"guest_port\":80}]");
        assertThat(cli.run("sandbox", "port", "close", "web", "8080")).isZero();
        assertThat(cli.run("sandbox", "port", "close", "web", "70000")).isEqualTo(2);
    }

    @Test
    void transfersAreCounted() {
        cli.sandboxes.with("web", SandboxStatus.RUNNING);
        assertThat(cli.run("sandbox", "file", "upload", "web", "a.txt", "/tmp", "--json"))
                .isZero();
        JsonFields data = cli.json().object("data");
        assertThat(data.integer("files")).isEqualTo(1);
        assertThat(data.integer("bytes")).isEqualTo(1024);
        assertThat(cli.run("sandbox", "file", "download", "-r", "web", "/work", "out"))
                .isZero();
        assertThat(cli.out()).isEqualTo("1 file, 5 B downloaded\n");
    }

    @Test
    void snapshotCreatePassesEveryOptionOn() {
        cli.sandboxes.with("web", SandboxStatus.RUNNING);
        assertThat(cli.run(
                        "sandbox",
                        "snapshot",
                        "create",
                        "web",
                        "--snapshot-id",
                        "s1",
                        "--snapshot-type",
                        "disk",
                        "--live-only",
                        "--flush-policy",
                        "best-effort",
                        "--resume-source"))
                .isZero();
        assertThat(cli.run("sandbox", "snapshot", "create", "web")).isZero();
        assertThat(cli.run("sandbox", "snapshot", "create", "web", "--trim-memory", "--resume-source"))
                .isZero();
        assertThat(cli.snapshots.created)
                .containsExactly(
                        new SnapshotRequest(
                                new SandboxName("web"),
                                Optional.of(new SnapshotId("s1")),
                                SnapshotType.DISK,
                                true,
                                true,
                                FlushPolicy.BEST_EFFORT),
                        new SnapshotRequest(
                                new SandboxName("web"),
                                Optional.empty(),
                                SnapshotType.FULL,
                                false,
                                false,
                                FlushPolicy.REQUIRED),
                        SnapshotRequest.full(new SandboxName("web")).trimmingMemory());
    }

    @Test
    void snapshotsThatCannotBeReadAreNotListedSilently() {
        cli.snapshots.with("s1", "web", null);
        cli.snapshots.unreadable.put(
                new SnapshotId("s2"), new SmolVmException(ErrorKind.INTEGRITY, "snapshot s2 is damaged: so", ""));
        for (String[] list :
                new String[][] {{"sandbox", "snapshot", "list"}, {"sandbox", "snapshot", "list", "--json"}}) {
            assertThat(cli.run(list)).isZero();
            assertThat(cli.out()).contains("s1").doesNotContain("s2");
            assertThat(cli.err())
                    .isEqualTo("note: snapshot s2 is damaged: so; it is not in this list (see: smolvm store check)\n");
        }
    }

    @Test
    void snapshotJsonHasTheDocumentedShape() {
        cli.sandboxes.with("web", SandboxStatus.PAUSED);
        cli.snapshots.with("s1", "web", null);

        assertThat(cli.run("sandbox", "snapshot", "list", "--vm-id", "web", "--json"))
                .isZero();
        JsonFields list = cli.json().object("data");
        assertThat(list.object("filters").string("vm_id")).isEqualTo("web");
        JsonFields snapshot = list.list("snapshots", s -> s).getFirst();
        assertThat(snapshot.object().fields().keySet())
                .startsWith(
                        "snapshot_id",
                        "vm_id",
                        "backend",
                        "snapshot_type",
                        "parent_id",
                        "restored",
                        "restored_vm_id",
                        "created_at",
                        "size_bytes");
        assertThat(snapshot.object("artifacts").object().fields().keySet())
                .containsExactly("state_path", "memory_path", "disk_path");
        assertThat(snapshot.string("created_at")).isEqualTo("2026-01-02T03:04:05.678Z");

        assertThat(cli.run("sandbox", "snapshot", "restore", "s1", "--resume", "--json"))
                .isZero();
        JsonFields restored = cli.json().object("data");
        assertThat(restored.object("snapshot").string("snapshot_id")).isEqualTo("s1");
        assertThat(restored.object("vm").object().fields().keySet())
                .containsExactly("name", "status", "ip_address", "ssh_port");

        assertThat(cli.run("sandbox", "snapshot", "delete", "s1", "--json")).isZero();
        assertThat(cli.json().object("data").object("snapshot").string("snapshot_id"))
                .isEqualTo("s1");
    }

    @Test
    void aParentIsNotDeletedBeforeItsChild() {
        cli.snapshots.with("s1", "web", null).with("s2", "web", "s1");
        assertThat(cli.run("sandbox", "snapshot", "delete", "s1")).isEqualTo(8);
        assertThat(cli.run("sandbox", "snapshot", "delete", "s2", "s1")).isZero();
        assertThat(cli.snapshots.snapshots).isEmpty();
    }

    @Test
    void imagesAreBuiltListedAndRemoved() {
        assertThat(cli.run("image", "build", "tiny")).isZero();
        assertThat(cli.out()).contains("tiny built").contains("note: a note");
        assertThat(cli.run("image", "build", "debian", "--name", "dev", "--include", "git", "--no-agent"))
                .isZero();
        assertThat(cli.images.built)
                .containsExactly(
                        new ImageRequest.Tiny(new ImageName("tiny")),
                        new ImageRequest.Debian(new ImageName("dev"), List.of("git"), false));
        assertThat(cli.run("image", "list", "--json")).isZero();
        assertThat(cli.json().object("data").list("images", i -> i.string("name")))
                .containsExactly("dev", "tiny");
        assertThat(cli.run("image", "inspect", "dev")).isZero();
        assertThat(cli.run("image", "rm", "dev", "nothing")).isEqualTo(3);
        assertThat(cli.run("image", "rm", "dev")).isZero();
        assertThat(cli.images.images).containsOnlyKeys(new ImageName("tiny"));
    }

    @Test
    void anImageOfAnotherKindOrWithTheWrongOptionsIsAUsageError() {
        assertThat(cli.run("image", "build", "gentoo")).isEqualTo(2);
        assertThat(cli.run("image", "build", "tiny", "--include", "git")).isEqualTo(2);
        assertThat(cli.run("image", "import", "mine")).isEqualTo(2);
        assertThat(cli.err()).contains("--disk");
    }

    @Test
    void doctorFailsOnlyWhenSomethingIsMissingOrAsked() {
        cli.checks.add(new Check("jdk", "JDK", Check.Status.OK, "25", ""));
        cli.checks.add(new Check("kvm", "Accelerator", Check.Status.WARN, "TCG", "use another machine"));
        assertThat(cli.run("doctor")).isZero();
        assertThat(cli.out())
                .isEqualTo(
                        """
                        ok       JDK          25
                        warning  Accelerator  TCG
                                              -> use another machine
                        """);
        assertThat(cli.run("doctor", "--strict", "--json")).isEqualTo(11);
        assertThat(cli.json().bool("ok")).isFalse();
        cli.checks.add(new Check("qemu", "QEMU", Check.Status.FAIL, "not there", "smolvm setup"));
        assertThat(cli.run("doctor")).isEqualTo(11);
        assertThat(cli.run("setup")).isEqualTo(11);
        assertThat(cli.lockTimeout).as("doctor must work without a store").isNull();
    }

    @Test
    void logsArePrintedAsTheyAreButSafeOnATerminal(@TempDir Path directory) throws Exception {
        cli.sandboxes.console = Files.writeString(directory.resolve("console.log"), "boot\r\n\033[2Jé\n");
        cli.sandboxes.with("web", SandboxStatus.STOPPED);
        assertThat(cli.run("sandbox", "logs", "--follow", "web")).isZero();
        assertThat(cli.out()).isEqualTo("boot\r\n\033[2Jé\n");
        cli.terminals = new Surroundings.Terminals(true, true, true);
        cli.run("sandbox", "logs", "web");
        assertThat(cli.out()).isEqualTo("boot\r\n?[2Jé\n");
    }

    @Test
    void aSandboxWithoutAConsoleHasNoLogs() {
        cli.sandboxes.with("web", SandboxStatus.STOPPED);
        assertThat(cli.run("sandbox", "logs", "web")).isEqualTo(3);
    }

    @Test
    void progressIsALineOnATerminalAndGoneAtTheEnd() {
        cli.terminals = new Surroundings.Terminals(true, true, true);
        cli.run("sandbox", "create");
        assertThat(cli.err()).isEqualTo("\r\033[Kboot\r\033[K");
        cli.terminals = Surroundings.Terminals.NONE;
        cli.run("sandbox", "create");
        assertThat(cli.err()).isEmpty();
        cli.run("sandbox", "create", "--verbose");
        assertThat(cli.err()).matches("\\[\\d+ ms\\] boot\n");
    }

    @Test
    void whatTheUserShouldKnowIsNotedOnceOnStandardErrorHoweverProgressIsShown() {
        cli.sandboxes.notes = List.of("look \033[2Jout");
        cli.run("sandbox", "create");
        assertThat(cli.err()).isEqualTo("note: look ?[2Jout\n");
        assertThat(cli.out()).doesNotContain("note");
        cli.run("sandbox", "create", "--json");
        assertThat(cli.err()).isEqualTo("note: look ?[2Jout\n");
        assertThat(cli.json().bool("ok")).isTrue();
        cli.run("sandbox", "create", "--verbose");
        assertThat(cli.err()).matches("note: look \\?\\[2Jout\n\\[\\d+ ms\\] boot\n");
        cli.terminals = new Surroundings.Terminals(true, true, true);
        cli.run("sandbox", "create");
        assertThat(cli.err()).isEqualTo("note: look ?[2Jout\n\r\033[Kboot\r\033[K");
    }

    @Test
    void snapshotDiffListsWhatDiffersAndSumsItUp() {
        cli.sandboxes.with("web", SandboxStatus.RUNNING);
        cli.snapshots.with("clean", "web", null);
        cli.inspection.changes.add(new FileChange(
                FileChange.Change.CHANGED,
                "/etc/app.conf",
                Optional.of(new FileChange.State(FileKind.FILE, 12)),
                Optional.of(new FileChange.State(FileKind.FILE, 31)),
                Set.of(FileChange.Aspect.MODE, FileChange.Aspect.CONTENT)));
        cli.inspection.changes.add(new FileChange(
                FileChange.Change.ADDED,
                "/srv/two\nlines\033[2J",
                Optional.empty(),
                Optional.of(new FileChange.State(FileKind.FILE, 5 << 20)),
                Set.of()));
        cli.inspection.changes.add(
                new FileChange(FileChange.Change.UNREADABLE, "/broken", Optional.empty(), Optional.empty(), Set.of()));

        assertThat(cli.run("sandbox", "snapshot", "diff", "clean", "web")).isZero();

        assertThat(cli.inspection.asked).containsExactly("diff snapshot clean, sandbox web");
        assertThat(cli.out())
                .isEqualTo(
                        """
                        CHANGE         KIND  BEFORE  AFTER    PATH
                        content, mode  file  12 B    31 B     /etc/app.conf
                        added          file  -       5.0 MiB  /srv/two\\nlines?[2J
                        unreadable     -     -       -        /broken
                        1 added, 0 removed, 1 changed, 1 unreadable; 5.0 MiB more
                        """);

        assertThat(cli.run("sandbox", "snapshot", "diff", "clean", "sandbox:web", "--checksum", "--json"))
                .isZero();
        assertThat(cli.inspection.asked.getLast()).isEqualTo("diff snapshot clean, sandbox web, checksum");
        JsonFields data = cli.json().object("data");
        assertThat(data.object("before").string("id")).isEqualTo("clean");
        assertThat(data.object("after").string("type")).isEqualTo("sandbox");
        assertThat(data.object("totals").integer("unreadable")).isEqualTo(1);
        assertThat(data.object("totals").integer("compared")).isEqualTo(4711);
        JsonFields first = data.list("changes", c -> c).getFirst();
        assertThat(first.string("change")).isEqualTo("changed");
        assertThat(first.strings("what")).containsExactly("content", "mode");
        assertThat(first.object("after").integer("bytes")).isEqualTo(31);
        assertThat(data.list("changes", c -> c.string("path"))).contains("/srv/two\nlines\033[2J");
    }

    @Test
    void snapshotDiffShowsOneFilesLines() {
        cli.snapshots.with("a", "web", null).with("b", "web", null);
        cli.inspection.content =
                new ContentDiff.Text(OptionalLong.of(2), OptionalLong.of(3), List.of("-x\033", "+y\t"));
        assertThat(cli.run("sandbox", "snapshot", "diff", "a", "b", "--content", "/f"))
                .isZero();
        assertThat(cli.inspection.asked).containsExactly("content snapshot a, snapshot b, /f");
        assertThat(cli.out()).isEqualTo("-x?\n+y\t\n");

        cli.inspection.content = new ContentDiff.Binary(OptionalLong.empty(), OptionalLong.of(3));
        assertThat(cli.run("sandbox", "snapshot", "diff", "a", "b", "--content", "/f", "--json"))
                .isZero();
        assertThat(cli.json().object("data").string("result")).isEqualTo("binary");
        assertThat(cli.run("sandbox", "snapshot", "diff", "a", "b", "--content", "/f"))
                .isZero();
        assertThat(cli.out()).isEqualTo("binary files differ: nothing before, 3 B after\n");

        assertThat(cli.run("sandbox", "snapshot", "diff", "a", "b", "--content", "/f", "--checksum"))
                .isEqualTo(2);
    }

    @Test
    void snapshotCopyTakesAPathBehindAColon() {
        cli.snapshots.with("clean", "web", null);
        assertThat(cli.run("sandbox", "snapshot", "copy", "clean:/srv/a:b", "out"))
                .isZero();
        assertThat(cli.inspection.asked).containsExactly("copy clean, /srv/a:b, out");
        assertThat(cli.out()).isEqualTo("1 file, 12 B copied\n");
        cli.run("sandbox", "snapshot", "copy", "snapshot:clean:/srv", "out");
        assertThat(cli.inspection.asked).endsWith("copy clean, /srv, out");
        cli.snapshots.with("snapshot", "web", null);
        cli.run("sandbox", "snapshot", "copy", "snapshot:/srv", "out");
        assertThat(cli.inspection.asked).endsWith("copy snapshot, /srv, out");
        cli.run("sandbox", "snapshot", "copy", "clean:/srv", "out/", "--json");
        assertThat(cli.inspection.asked.getLast()).as("a directory").isEqualTo("copy clean, /srv, out/.");
        assertThat(cli.json().object("data").string("local_path")).isEqualTo("out");
        for (String wrong : List.of("clean", "clean:", "clean:srv", ":/srv", "snapshot:clean")) {
            assertThat(cli.run("sandbox", "snapshot", "copy", wrong, "out")).isEqualTo(2);
        }
    }
}
