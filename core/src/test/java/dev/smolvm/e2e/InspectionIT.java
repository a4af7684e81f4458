package dev.smolvm.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.guest.TransferListener;
import dev.smolvm.inspect.ContentDiff;
import dev.smolvm.inspect.FileChange;
import dev.smolvm.inspect.Inspection;
import dev.smolvm.inspect.Side;
import dev.smolvm.inspect.TreeDiff;
import dev.smolvm.os.ProcessesIn;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.Checksum;
import dev.smolvm.store.SnapshotId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Looking into disks without restoring them. Each look boots a machine, so each test looks once. */
@ExtendWith(LabExtension.class)
class InspectionIT {
    private static final Side BASE = new Side.OfSnapshot(Lab.BASE);
    private static final Side BOX = new Side.OfSandbox(Lab.NAME);
    private static final String LONG_NAME = "n".repeat(255);

    private final Lab lab;
    private final Inspection inspection;

    @TempDir
    Path directory;

    InspectionIT(Lab lab) {
        this.lab = lab;
        this.inspection = lab.vm().inspection();
    }

    @AfterEach
    void nothing_is_left() throws IOException {
        Path tmp = lab.vm().store().layout().tmp();
        assertThat(ProcessesIn.directory(tmp)).isEmpty();
        assertThat(tmp).isEmptyDirectory();
    }

    private static Side side(SnapshotId id) {
        return new Side.OfSnapshot(id);
    }

    /** Without what a system writes by itself. */
    private static Map<String, String> underSrv(TreeDiff diff) {
        Map<String, String> changes = new LinkedHashMap<>();
        for (FileChange change : diff.changes()) {
            if (change.path().startsWith("/srv/")) {
                changes.put(
                        change.path().substring("/srv/".length()),
                        change.change() + (change.aspects().isEmpty() ? "" : " " + change.aspects()));
            }
        }
        return changes;
    }

    /** Nothing is flushed by hand: a snapshot of the machine sees to it that its disk is worth comparing. */
    @Test
    void two_snapshots_differ_in_what_the_guest_changed_between_them() {
        Box box = lab.fresh();
        box.sh("mkdir -p /srv/dir; cd /srv; echo port=80 > app.conf; echo a > gone; echo s > same; echo m > mode;"
                + " echo r > old; ln -s /etc/passwd link; mkfifo pipe; echo k > kind");
        SnapshotId before = box.save().id();
        box.sh(
                "cd /srv; echo port=8080 > app.conf; head -c 100000 /dev/urandom > data.bin; rm gone kind; chmod 600 mode;"
                        + " mkdir -p kind/deep; mv old renamed; ln -sfn /etc/shadow link; touch 'two\nlines' "
                        + LONG_NAME
                        + "; ln -s / out; touch same");
        SnapshotId after = box.save(SnapshotType.DIFF).id();

        TreeDiff diff = inspection.diff(side(before), side(after), false, Progress.NONE);

        assertThat(underSrv(diff))
                .containsExactly(
                        Map.entry("app.conf", "CHANGED [CONTENT]"),
                        Map.entry("data.bin", "ADDED"),
                        Map.entry("gone", "REMOVED"),
                        Map.entry("kind", "CHANGED [KIND]"),
                        Map.entry("kind/deep", "ADDED"),
                        Map.entry("link", "CHANGED [LINK_TARGET]"),
                        Map.entry("mode", "CHANGED [MODE]"),
                        Map.entry(LONG_NAME, "ADDED"),
                        Map.entry("old", "REMOVED"),
                        Map.entry("out", "ADDED"),
                        Map.entry("renamed", "ADDED"),
                        Map.entry("two\nlines", "ADDED"));
        assertThat(diff.compared()).isGreaterThan(20);
        assertThat(diff.changes())
                .filteredOn(c -> c.path().equals("/srv/data.bin"))
                .extracting(c -> c.after().orElseThrow().bytes())
                .containsExactly(100_000L);
        assertThat(box.status()).isEqualTo(SandboxStatus.RUNNING);

        // The same layers: nothing boots for that.
        assertThat(inspection
                        .diff(side(after), side(after), true, Progress.NONE)
                        .changes())
                .isEmpty();
    }

    @Test
    void a_sandbox_that_runs_is_looked_at_as_it_is_and_goes_on() {
        Box box = lab.fresh();
        String boot = box.sh("cat /proc/sys/kernel/random/boot_id");
        long pid = box.info().pid().orElseThrow();
        box.sh("mkdir -p /srv; printf 'one\\ntwo\\n' > /etc/app.conf; ln -s /etc/app.conf /srv/conf");
        SnapshotId before = box.save().id();
        int layers = box.info().layers();
        box.sh("echo three >> /etc/app.conf");

        ContentDiff diff = inspection.content(side(before), BOX, "/srv/conf", Progress.NONE);

        assertThat(((ContentDiff.Text) diff).lines().subList(2, 6))
                .containsExactly("@@ -1,2 +1,3 @@", " one", " two", "+three");
        assertThat(box.info().pid()).hasValue(pid);
        assertThat(box.info().layers()).isEqualTo(layers + 1);
        assertThat(box.sh("cat /proc/sys/kernel/random/boot_id; tail -n 1 /etc/app.conf"))
                .isEqualTo(boot + "\nthree");
        assertThat(lab.vm().snapshots().list(Optional.empty()))
                .extracting(s -> s.id())
                .containsExactlyInAnyOrder(Lab.BASE, before);
    }

    @Test
    void a_directory_is_taken_out_of_a_snapshot_with_its_links_as_links() throws IOException {
        Box box = lab.fresh();
        box.sh(
                "mkdir -p /opt/srv/empty; cd /opt/srv; head -c 300000 /dev/zero > file; chmod 640 file; ln -s /etc/shadow out;"
                        + " ln -s ../../../../../../up up; touch 'two\nlines'; mkfifo pipe; chmod 700 empty; ln -s /opt /way");
        SnapshotId saved = box.save(SnapshotType.DISK).id();

        // The way leads over a link, inside the disk.
        inspection.copy(saved, "/way/srv", directory, TransferListener.NONE, Progress.NONE);

        Path copied = directory.resolve("srv");
        try (Stream<Path> entries = Files.list(copied)) {
            assertThat(entries.map(p -> p.getFileName().toString()))
                    .containsExactlyInAnyOrder("empty", "file", "out", "up", "two\nlines");
        }
        assertThat(copied.resolve("file")).hasSize(300_000);
        assertThat(Files.getPosixFilePermissions(copied.resolve("file"))).hasSize(3);
        assertThat(Files.readSymbolicLink(copied.resolve("out"))).isEqualTo(Path.of("/etc/shadow"));
        assertThat(Files.readSymbolicLink(copied.resolve("up"))).isEqualTo(Path.of("../../../../../../up"));
    }

    /** The VMM is killed, as by a power cut: what the guest flushed is in the journal alone. */
    @Test
    void a_journal_is_replayed_and_the_sandboxes_own_layers_stay_as_they_are() throws IOException {
        Box box = lab.fresh();
        box.sh("mkdir -p /srv; echo new > /srv/file; sync");
        lab.vm().sandboxes().stop(box.name(), true);
        List<Path> layers = layers(box);
        List<Checksum> before = checksums(layers);

        TreeDiff diff = inspection.diff(BASE, BOX, false, Progress.NONE);

        assertThat(underSrv(diff)).containsExactly(Map.entry("file", "ADDED"));
        assertThat(checksums(layers(box))).isEqualTo(before);
        assertThat(box.status()).isEqualTo(SandboxStatus.STOPPED);
    }

    private List<Path> layers(Box box) throws IOException {
        try (Stream<Path> files = Files.list(lab.vm().store().layout().vm(box.name()))) {
            return files.filter(f -> f.toString().endsWith(".qcow2")).sorted().toList();
        }
    }

    private static List<Checksum> checksums(List<Path> files) throws IOException {
        List<Checksum> checksums = new java.util.ArrayList<>();
        for (Path file : files) {
            checksums.add(Checksum.of(file));
        }
        assertThat(checksums).isNotEmpty();
        return checksums;
    }

    @Test
    void a_disk_that_is_garbage_is_said_to_be() {
        Box box = lab.fresh();
        box.sh("sync; dd if=/dev/zero of=/dev/vda bs=1024 seek=1 count=1 conv=notrunc,fsync 2>/dev/null");
        lab.vm().sandboxes().stop(box.name(), true);

        assertThat(Failures.of(ErrorKind.INTEGRITY, () -> inspection.diff(BASE, BOX, false, Progress.NONE)))
                .hasMessageContaining("the root disk of sandbox lab cannot be read");
    }

    @Test
    void what_cannot_be_looked_at_boots_nothing() {
        lab.fresh();
        Failures.of(ErrorKind.USAGE, () -> inspection.diff(BOX, BOX, false, Progress.NONE));
        Failures.of(
                ErrorKind.NOT_FOUND,
                () -> inspection.diff(BASE, side(new SnapshotId("nothing")), false, Progress.NONE));
        Failures.of(ErrorKind.USAGE, () -> inspection.content(BASE, BOX, "relative", Progress.NONE));
        Failures.of(
                ErrorKind.NOT_FOUND,
                () -> inspection.copy(
                        Lab.BASE, "/etc", directory.resolve("no/such/parent"), TransferListener.NONE, Progress.NONE));
        Failures.of(
                ErrorKind.USAGE, () -> inspection.copy(Lab.BASE, "/", directory, TransferListener.NONE, Progress.NONE));
    }
}
