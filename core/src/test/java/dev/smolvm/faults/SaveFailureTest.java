package dev.smolvm.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.Progress;
import dev.smolvm.sandbox.Journal;
import dev.smolvm.sandbox.SandboxRecord;
import dev.smolvm.sandbox.SandboxRecords;
import dev.smolvm.sandbox.Unfinished;
import dev.smolvm.snapshot.FlushPolicy;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.Staging;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left of a snapshot whose command failed. */
class SaveFailureTest {
    private static final SandboxName BOX = new SandboxName("box");
    private static final SandboxName OTHER = new SandboxName("other");
    private static final SnapshotId FIRST = new SnapshotId("first");
    private static final SnapshotId SAVED = new SnapshotId("saved");

    @TempDir
    Path directory;

    private LightLab lab;

    @BeforeEach
    void open() throws IOException {
        lab = new LightLab(directory.resolve("store"));
    }

    @AfterEach
    void close() throws IOException {
        lab.close();
    }

    @Test
    void layers_that_only_the_snapshot_would_have_named_are_gone() {
        LightLab.Opened vm = lab.open(Duration.ofSeconds(5));
        vm.create(BOX);
        List<Blob> added = new ArrayList<>();
        Progress failing = new Progress() {
            @Override
            public void step(String what) {
                if (what.equals("publish")) {
                    added.add(layer(vm));
                    throw new IllegalStateException("no");
                }
            }

            @Override
            public void advance(long done, long total) {}
        };
        SnapshotRequest request =
                new SnapshotRequest(BOX, Optional.of(SAVED), SnapshotType.DISK, true, false, FlushPolicy.REQUIRED);
        assertThatThrownBy(() -> vm.snapshots().create(request, failing)).hasMessage("no");
        assertThat(added).hasSize(1);
        assertThat(lab.layout().blob(added.getFirst())).doesNotExist();
        assertThat(lab.layout().snapshot(SAVED)).doesNotExist();
        vm.save(BOX, SAVED, SnapshotType.DISK);
    }

    @Test
    void a_save_that_died_finds_its_own_snapshot_and_takes_no_other_for_it() throws IOException {
        LightLab.Opened vm = lab.open(Duration.ofSeconds(5));
        vm.create(BOX);
        vm.create(OTHER);
        vm.save(BOX, FIRST, SnapshotType.DISK);
        vm.save(OTHER, SAVED, SnapshotType.DISK);
        assertThat(parentAfterCrash(SAVED)).isEqualTo(FIRST);
        vm.snapshots().delete(SAVED);
        vm.save(BOX, SAVED, SnapshotType.DISK);
        assertThat(parentAfterCrash(SAVED)).isEqualTo(SAVED);
        Files.writeString(lab.layout().snapshotManifest(SAVED), "{");
        assertThat(parentAfterCrash(SAVED)).isEqualTo(FIRST);
    }

    /** As if it had died before it wrote down that its snapshot exists. */
    private SnapshotId parentAfterCrash(SnapshotId id) {
        SandboxRecords records =
                new SandboxRecords(lab.open(Duration.ofSeconds(5)).store());
        SandboxRecord record = records.load(BOX).withParent(FIRST);
        records.save(record);
        new Journal(lab.layout(), BOX).begin(new Unfinished.Save(record.generation(), id, true, false));
        lab.open(Duration.ofSeconds(5));
        assertThat(lab.layout().unfinished(BOX)).doesNotExist();
        return records.load(BOX).parent().orElseThrow();
    }

    private static Blob layer(LightLab.Opened vm) {
        try (Staging staging = vm.store().stage()) {
            return vm.store().addBlob(Files.writeString(staging.file("copy"), "a drive"), BlobKind.LAYER);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
