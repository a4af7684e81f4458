package dev.smolvm.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.archive.ExportRequest;
import dev.smolvm.archive.ImportRequest;
import dev.smolvm.archive.ImportedSnapshot;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Snapshots that are carried to another store. */
@ExtendWith(LabExtension.class)
@Tag("contract")
class ArchiveIT {
    private static final Path AWAY =
            Path.of("target", "e2e-archives").toAbsolutePath().normalize();

    private final Lab lab;
    private SmolVm there;

    ArchiveIT(Lab lab) {
        this.lab = lab;
    }

    @BeforeEach
    void anotherStore() throws IOException {
        Lab.discard(AWAY);
        Files.createDirectories(AWAY);
        there = SmolVm.open(AWAY.resolve("store"), Duration.ofSeconds(5));
    }

    @AfterEach
    void removeIt() throws IOException {
        Lab.discard(AWAY);
    }

    private Path export(SnapshotInfo snapshot) {
        Path file = AWAY.resolve(snapshot.id() + ".smolvm");
        lab.vm().archives().export(new ExportRequest(snapshot.id(), file, true, false), Progress.NONE);
        return file;
    }

    private ImportedSnapshot importFile(SmolVm store, Path file, String name) {
        return store.archives()
                .importFile(
                        new ImportRequest(file, Optional.ofNullable(name).map(SnapshotId::new), Optional.empty()),
                        Progress.NONE);
    }

    private Box restored(ImportedSnapshot imported) {
        assertThat(there.snapshots()
                        .restore(new RestoreRequest(imported.snapshot().id(), true, true), Progress.NONE)
                        .sandbox()
                        .status())
                .isEqualTo(SandboxStatus.RUNNING);
        return new Box(there, Lab.NAME);
    }

    @Test
    void a_full_and_a_diff_snapshot_go_on_in_another_store() throws InterruptedException {
        Box source = lab.fresh();
        source.background("n=0; while sleep 0.1; do echo $((n+=1)) > /run/count; done");
        source.sh("echo first > /root/file; head -c 3000000 /dev/urandom > /run/memory; md5sum /run/memory > /run/sum");
        SnapshotInfo full = source.save();
        source.sh("echo second >> /root/file; echo changed > /run/note");
        SnapshotInfo diff = source.save(SnapshotType.DIFF);
        Path fullFile = export(full);
        Path diffFile = export(diff);
        long count = source.number("cat /run/count");
        // Nothing of the first store is needed any more.
        lab.fresh();

        Box box = restored(importFile(there, fullFile, null));
        assertThat(box.sh("cat /root/file; md5sum -c /run/sum")).isEqualTo("first\n/run/memory: OK");
        assertThat(box.number("cat /run/count")).isPositive().isLessThanOrEqualTo(count);
        long before = box.number("cat /run/count");
        Box.await("the process goes on", () -> box.number("cat /run/count") > before);
        ImportedSnapshot second = importFile(there, diffFile, null);
        assertThat(second.snapshot().type()).isEqualTo(SnapshotType.FULL);
        there.snapshots().delete(full.id());
        Box later = restored(second);
        assertThat(later.sh("cat /root/file /run/note; md5sum -c /run/sum"))
                .isEqualTo("first\nsecond\nchanged\n/run/memory: OK");
        // A new snapshot of what was imported is a snapshot like any other.
        SnapshotInfo again = later.save(SnapshotType.DIFF);
        later.sh("rm /root/file; sync");
        later.restore(again.id());
        assertThat(later.sh("cat /root/file")).isEqualTo("first\nsecond");
    }

    @Test
    void layers_are_stored_once_and_a_namesake_is_not_overwritten() {
        Box source = lab.fresh();
        source.sh("echo mine > /root/file");
        SnapshotInfo saved = source.save();
        Path file = export(saved);
        importFile(there, file, null);
        ImportedSnapshot again = importFile(there, file, "again");
        assertThat(again.filesHere()).isEqualTo(again.files()).isGreaterThan(2);

        Box mine = restored(again);
        assertThat(mine.sh("cat /root/file")).isEqualTo("mine");
        there.sandboxes().delete(mine.name(), true);
        // Another sandbox of that name: a fork has an id of its own.
        there.snapshots().restore(RestoreRequest.fork(saved.id(), mine.name()), Progress.NONE);
        mine.sh("echo precious > /root/file");
        Failures.of(ErrorKind.CONFLICT, () -> there.snapshots()
                .restore(new RestoreRequest(saved.id(), true, false), Progress.NONE));
        assertThat(mine.sh("cat /root/file")).isEqualTo("precious");
        assertThat(importFile(there, file, "third").notes()).anyMatch(n -> n.contains("--name NEW"));
        SandboxName beside = new SandboxName("beside");
        there.snapshots().restore(RestoreRequest.fork(saved.id(), beside), Progress.NONE);
        assertThat(new Box(there, beside).sh("cat /root/file")).isEqualTo("mine");
        there.snapshots().restore(new RestoreRequest(saved.id(), true, true), Progress.NONE);
        assertThat(mine.sh("cat /root/file")).isEqualTo("mine");
    }
}
