package dev.smolvm.snapshot;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.Store;
import dev.smolvm.testing.Samples;
import dev.smolvm.vmm.MemoryOverlay;
import dev.smolvm.vmm.SavedState;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotRecordsTest {
    private static final SandboxName BOX = new SandboxName("box");

    @TempDir
    Path directory;

    private Store store;
    private SnapshotRecords records;

    @BeforeEach
    void open() {
        store = Store.open(directory.resolve("store"), Duration.ofMillis(50));
        records = new SnapshotRecords(store);
    }

    @Test
    void one_damaged_snapshot_or_stray_file_does_not_hide_the_others() throws IOException {
        publish("s1", SnapshotType.FULL);
        publish("s2", SnapshotType.DISK);
        publish("s3", SnapshotType.DISK);
        Files.writeString(store.layout().snapshotManifest(new SnapshotId("s2")), "{");
        Files.delete(store.layout().snapshotManifest(new SnapshotId("s3")));
        Files.writeString(store.layout().snapshots().resolve("Notes.txt"), "mine");
        Files.createDirectory(store.layout().snapshots().resolve("lost+found"));
        assertThat(records.readable()).extracting(m -> m.id().value()).containsExactly("s1");
        assertThat(records.resolve("s1")).isEqualTo(new SnapshotId("s1"));
        assertThat(kindOf(() -> records.load(new SnapshotId("s2")))).isEqualTo(ErrorKind.INTEGRITY);
        assertThat(kindOf(() -> records.load(new SnapshotId("s3")))).isEqualTo(ErrorKind.INTEGRITY);
        assertThat(kindOf(() -> records.load(new SnapshotId("s4")))).isEqualTo(ErrorKind.NOT_FOUND);
    }

    @Test
    void what_is_needed_is_told_also_where_a_manifest_cannot_be_read() throws IOException {
        publish("s1", SnapshotType.FULL, SampleManifests.complete());
        publish("s2", SnapshotType.DIFF, changes("s1", SampleManifests.MEMORY));
        publish("s3", SnapshotType.DIFF, changes("s2", SampleManifests.MEMORY));
        Path second = store.layout().snapshotManifest(new SnapshotId("s2"));
        Files.writeString(second, Files.readString(second).replace("\"format\"", "\"farmat\""));
        assertThat(kindOf(() -> records.load(new SnapshotId("s2")))).isNotNull();
        assertThat(records.namedBy(new SnapshotId("s2"), records.ids())).containsExactly(new SnapshotId("s1"));
        assertThatThrownBy(() -> requireNone("s1"))
                .isInstanceOfSatisfying(dev.smolvm.error.SmolVmException.class, e -> {
                    assertThat(e.kind()).isEqualTo(ErrorKind.HAS_DEPENDENTS);
                    assertThat(e).hasMessageContaining("cannot be read: s2");
                    assertThat(e.advice()).endsWith("delete s3 s2");
                });
        assertThat(kindOf(() -> requireNone("s2"))).isEqualTo(ErrorKind.HAS_DEPENDENTS);
        requireNone("s3");
    }

    @Test
    void snapshots_that_need_each_other_are_an_answer_not_a_loop() throws IOException {
        publish("s1", SnapshotType.DIFF, changes("s2", SampleManifests.MEMORY));
        publish("s2", SnapshotType.DIFF, changes("s1", SampleManifests.MEMORY));
        assertThat(kindOf(() -> requireNone("s1"))).isEqualTo(ErrorKind.HAS_DEPENDENTS);
    }

    private void requireNone(String id) {
        List<SnapshotId> unreadable = new java.util.ArrayList<>();
        List<SnapshotManifest> readable = records.readable((other, _) -> unreadable.add(other));
        new Dependents(records, readable, unreadable).requireNone(new SnapshotId(id));
    }

    @Test
    void a_prefix_that_fits_one_names_it() throws IOException {
        publish("snap-a-1", SnapshotType.DISK);
        publish("snap-a-12", SnapshotType.DISK);
        publish("snap-b-1", SnapshotType.DISK);
        assertThat(records.resolve("snap-b").value()).isEqualTo("snap-b-1");
        assertThat(records.resolve("snap-a-1").value()).isEqualTo("snap-a-1");
        assertThat(kindOf(() -> records.resolve("snap-a"))).isEqualTo(ErrorKind.CONFLICT);
        assertThat(kindOf(() -> records.resolve("x"))).isEqualTo(ErrorKind.NOT_FOUND);
        assertThat(kindOf(() -> records.resolve("../snap"))).isEqualTo(ErrorKind.USAGE);
    }

    @Test
    void own_and_shared_are_the_same_for_one_as_in_a_list_of_all() throws IOException {
        Blob root = Samples.blob(BlobKind.LAYER);
        Blob middle = Samples.blob(BlobKind.LAYER);
        Blob top = Samples.blob(BlobKind.LAYER);
        publishOver("s1", root, middle);
        publishOver("s2", root, middle, top);
        publishOver("s3", root);
        SnapshotDescription one = new SnapshotDescription(store.layout(), records);
        SnapshotDescription all = new SnapshotDescription(store.layout(), records, layers());
        for (SnapshotManifest manifest : records.readable()) {
            assertThat(one.of(manifest)).isEqualTo(all.of(manifest));
        }
        SnapshotInfo second = one.of(records.load(new SnapshotId("s2")));
        assertThat(second.ownBytes()).isEqualTo(top.size());
        assertThat(second.sharedBytes()).isEqualTo(root.size() + middle.size());
    }

    private List<List<SnapshotSummary.Layer>> layers() {
        return records.readable().stream().map(SnapshotSummary::layers).toList();
    }

    private void publishOver(String id, Blob... layers) throws IOException {
        publish(SampleManifests.of(new SnapshotId(id), SnapshotType.DISK)
                .withDisks(List.of(new SavedDisk("root", Samples.DISK_BYTES, List.of(layers), DiskOrigin.OWN))));
    }

    @Test
    void made_up_ids_differ_even_within_a_second() throws IOException {
        Set<SnapshotId> ids = new HashSet<>();
        for (int i = 0; i < 4; i++) {
            SnapshotId id = SnapshotIds.free(BOX, records);
            assertThat(id.value()).matches("snap-box-\\d{8}-\\d{6}(-\\d+)?");
            assertThat(ids.add(id)).isTrue();
            publish(id.value(), SnapshotType.DISK);
        }
        assertThat(SnapshotIds.free(new SandboxName("a".repeat(63)), records).value())
                .hasSizeLessThan(128);
    }

    @Test
    void the_mark_of_a_restore_is_kept_and_damage_to_it_hides_nothing() throws IOException {
        SnapshotManifest manifest = publish("s1", SnapshotType.DISK);
        assertThat(records.restoredTo(manifest.id())).isEmpty();
        records.mark(manifest.id()).write(BOX);
        records.mark(manifest.id()).write(BOX);
        assertThat(records.restoredTo(manifest.id())).contains(BOX);
        for (String damaged : List.of("{", "{\"sandbox\":\"../x\"}", "{\"sandbox\":1}")) {
            Files.writeString(store.layout().snapshotRestored(manifest.id()), damaged);
            assertThat(kindOf(() -> records.restoredTo(manifest.id()))).isEqualTo(ErrorKind.INTEGRITY);
            SnapshotInfo info = new SnapshotDescription(store.layout(), records, layers()).of(manifest);
            assertThat(info.restored()).isTrue();
            assertThat(info.restoredSandbox()).isEmpty();
        }
    }

    @Test
    void memory_is_put_together_along_the_parents() throws IOException {
        publish("s1", SnapshotType.FULL, SampleManifests.complete());
        publish("s2", SnapshotType.DIFF, changes("s1", SampleManifests.MEMORY));
        SnapshotManifest third = publish("s3", SnapshotType.DIFF, changes("s2", SampleManifests.MEMORY));
        write("s1", "memory", SampleManifests.MEMORY + (2 << 20));
        for (String id : List.of("s2", "s3")) {
            Path file = store.layout().snapshot(new SnapshotId(id)).resolve("memory.diff");
            DiffMemory.write(file, SampleManifests.MEMORY, List.of(), (_, _) -> {});
        }
        try (MemoryImage image = chain().open(third)) {
            assertThat(image.pages()).isEqualTo(SampleManifests.MEMORY / DiffMemory.PAGE);
        }
    }

    @Test
    void a_row_of_diffs_is_mapped_as_its_files_lie() throws IOException {
        publish("s1", SnapshotType.FULL, SampleManifests.complete());
        publish("s2", SnapshotType.DIFF, changes("s1", SampleManifests.MEMORY, 4));
        SnapshotManifest third = publish("s3", SnapshotType.DIFF, changes("s2", SampleManifests.MEMORY, 3));
        write("s1", "memory", SampleManifests.MEMORY + (2 << 20));
        Path two = diff("s2", new DiffMemory.Run(5, 3, false), new DiffMemory.Run(9, 2, true));
        Path three = diff("s3", new DiffMemory.Run(6, 1, true), new DiffMemory.Run(10, 2, false));

        SavedState state = chain().mapped(third, directory).orElseThrow();

        assertThat(state.memory())
                .isEqualTo(store.layout().snapshot(new SnapshotId("s1")).resolve("memory"));
        assertThat(state.memoryOffset()).isEqualTo(1 << 20);
        assertThat(state.overlay().files()).containsExactly(two, three);
        assertThat(state.overlay().runs())
                .containsExactly(
                        new MemoryOverlay.Run(5, 1, 0, 4096),
                        new MemoryOverlay.Run(6, 1, MemoryOverlay.ZEROS, 0),
                        new MemoryOverlay.Run(7, 1, 0, 3 * 4096),
                        new MemoryOverlay.Run(9, 1, MemoryOverlay.ZEROS, 0),
                        new MemoryOverlay.Run(10, 2, 1, 4096));
        try (RandomAccessFile raw = new RandomAccessFile(two.toFile(), "rw")) {
            raw.seek(32);
            raw.writeLong(10);
        }
        assertThat(kindOf(() -> chain().mapped(third, directory))).isEqualTo(ErrorKind.INTEGRITY);
    }

    private Path diff(String id, DiffMemory.Run... runs) throws IOException {
        Path file = store.layout().snapshot(new SnapshotId(id)).resolve("memory.diff");
        DiffMemory.write(file, SampleManifests.MEMORY, List.of(runs), (_, to) -> to.position(to.limit()));
        return file;
    }

    @Test
    void a_chain_that_is_broken_is_an_integrity_failure_that_says_how() throws IOException {
        broken(publish("s1", SnapshotType.DIFF, changes("s0", SampleManifests.MEMORY)), "its parent s0 is missing");
        publish("d1", SnapshotType.DISK);
        broken(publish("s2", SnapshotType.DIFF, changes("d1", SampleManifests.MEMORY)), "d1 has no memory");
        publish("f1", SnapshotType.FULL, SampleManifests.complete());
        broken(publish("s3", SnapshotType.DIFF, changes("f1", 1 << 20)), "another memory size");
        publish("c1", SnapshotType.DIFF, changes("c2", SampleManifests.MEMORY));
        broken(publish("c2", SnapshotType.DIFF, changes("c1", SampleManifests.MEMORY)), "in a circle");
    }

    private void broken(SnapshotManifest manifest, String how) throws IOException {
        for (SnapshotManifest each : records.readable()) {
            if (each.memory().isPresent()) {
                SavedFile file = each.memory().get().file();
                write(each.id().value(), file.name(), file.size());
            }
        }
        assertThatThrownBy(() -> chain().open(manifest)).hasMessageContaining(how);
        assertThat(kindOf(() -> chain().open(manifest))).isEqualTo(ErrorKind.INTEGRITY);
    }

    private MemoryChain chain() {
        return new MemoryChain(records);
    }

    private static MemoryRecord changes(String parent, long bytes) {
        return changes(parent, bytes, 1);
    }

    private static MemoryRecord changes(String parent, long bytes, int filePages) {
        return new MemoryRecord.Changes(
                SampleManifests.file("memory.diff", (long) filePages * DiffMemory.PAGE),
                bytes,
                Optional.of(new SnapshotId(parent)),
                Optional.empty());
    }

    private SnapshotManifest publish(String id, SnapshotType type) throws IOException {
        return publish(SampleManifests.of(new SnapshotId(id), type));
    }

    private SnapshotManifest publish(String id, SnapshotType type, MemoryRecord memory) throws IOException {
        return publish(SampleManifests.of(new SnapshotId(id), type, Optional.of(memory)));
    }

    private SnapshotManifest publish(SnapshotManifest manifest) throws IOException {
        Files.createDirectory(store.layout().snapshot(manifest.id()));
        Files.writeString(store.layout().snapshotManifest(manifest.id()), ManifestFile.write(manifest));
        return manifest;
    }

    private void write(String id, String name, long size) throws IOException {
        Path file = store.layout().snapshot(new SnapshotId(id)).resolve(name);
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.setLength(size);
        }
    }
}
