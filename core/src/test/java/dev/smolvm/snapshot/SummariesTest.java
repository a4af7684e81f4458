package dev.smolvm.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.SmolVm;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.Store;
import dev.smolvm.store.StoreLayout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SummariesTest {
    private static final int MANY = 24;
    private static final Instant LONG_AGO = Instant.parse("2026-01-03T00:00:00.123456789Z");

    @TempDir
    Path directory;

    private Store store;
    private StoreLayout layout;
    private SnapshotRecords records;

    @BeforeEach
    void many() throws IOException {
        store = Store.open(directory.resolve("store"), Duration.ofMillis(50));
        layout = store.layout();
        records = new SnapshotRecords(store);
        for (int i = 0; i < MANY; i++) {
            SnapshotId id = id(i);
            Path snapshot = Files.createDirectory(layout.snapshot(id));
            SnapshotManifest manifest = SampleManifests.of(id, SnapshotType.values()[i % SnapshotType.values().length]);
            Files.writeString(snapshot.resolve("manifest.json"), ManifestFile.write(manifest));
        }
        records.notes(id(1))
                .replace(new SnapshotNotes(
                        Optional.of("vor dem „Umbau“"),
                        Map.of("app", "web", "b", "c"),
                        Optional.of(Instant.parse("2027-01-01T00:00:00.5Z"))));
        records.mark(id(2)).write(new SandboxName("box"));
        Files.writeString(layout.snapshotNotes(id(3)), "{");
        Files.writeString(layout.snapshotRestored(id(4)), "{");
        for (int i = 0; i < MANY; i++) {
            age(id(i));
        }
    }

    private static SnapshotId id(int i) {
        return new SnapshotId("s" + i);
    }

    private void age(SnapshotId id) throws IOException {
        try (Stream<Path> files = Files.walk(layout.snapshot(id))) {
            for (Path file : files.toList()) {
                Files.setLastModifiedTime(file, FileTime.from(LONG_AGO));
            }
        }
    }

    private List<SnapshotSummary> list() {
        return new Summaries(store, records).all((_, _) -> {});
    }

    /** What the manifests say. */
    private List<SnapshotSummary> truth() {
        return records.readable().stream()
                .map(m -> SnapshotSummary.of(m, records))
                .toList();
    }

    /** A list that would show this if it read the manifest: its directory looks as it did. */
    private void changeUnseen(SnapshotId id) throws IOException {
        Path manifest = layout.snapshotManifest(id);
        Files.writeString(manifest, "x".repeat((int) Files.size(manifest)));
        age(id);
    }

    @Test
    void the_second_list_shows_what_the_first_has_read() throws IOException {
        List<SnapshotSummary> first = list();
        assertThat(first).isEqualTo(truth()).hasSize(MANY);
        assertThat(first.get(0).id()).isEqualTo(id(0));
        for (int i = 0; i < MANY; i++) {
            changeUnseen(id(i));
        }
        assertThat(truth()).isEmpty();
        assertThat(list())
                .isEqualTo(first.stream().filter(SnapshotSummary::whole).toList())
                .hasSize(MANY - 2);
    }

    @Test
    void each_change_is_seen() throws IOException {
        list();
        Files.writeString(layout.snapshotManifest(id(5)), "damaged");
        SnapshotManifest other = SampleManifests.of(id(6), SnapshotType.DISK);
        store.replaceFile(layout.snapshotManifest(id(6)), ManifestFile.write(other));
        records.notes(id(7)).replace(SnapshotNotes.NONE.with(new Label("new", "one")));
        records.mark(id(8)).write(new SandboxName("other"));
        // In place, as an editor may do it: the directory stays as it is.
        Files.writeString(layout.snapshotNotes(id(1)), notes("edited"));
        Files.writeString(layout.snapshotRestored(id(2)), "{\"sandbox\": \"xob\"}");
        Files.delete(layout.snapshotNotes(id(3)));
        Files.delete(layout.snapshotManifest(id(9)));
        Files.delete(layout.snapshot(id(9)));

        List<SnapshotId> unreadable = new ArrayList<>();
        List<SnapshotSummary> now = new Summaries(store, records).all((id, _) -> unreadable.add(id));
        assertThat(unreadable).containsExactly(id(5));
        assertThat(now).isEqualTo(truth()).hasSize(MANY - 2);
        assertThat(of(now, 1).written().labels()).containsOnlyKeys("edited");
        assertThat(of(now, 2).restoredSandbox()).contains(new SandboxName("xob"));
        assertThat(of(now, 6).type()).isEqualTo(SnapshotType.DISK);
    }

    private static String notes(String label) {
        return SnapshotNotes.NONE.with(new Label(label, "x")).toJson().pretty();
    }

    private static SnapshotSummary of(List<SnapshotSummary> all, int number) {
        return all.stream().filter(s -> s.id().equals(id(number))).findFirst().orElseThrow();
    }

    /** One that is replaced by another of the same size and time is another file. */
    @Test
    void a_file_moved_in_from_elsewhere_is_seen() throws IOException {
        list();
        Path manifest = layout.snapshotManifest(id(0));
        Path copy = directory.resolve("copy");
        Files.writeString(copy, Files.readString(manifest).replace("a note", "b note"));
        Files.setLastModifiedTime(copy, Files.getLastModifiedTime(manifest));
        Files.move(copy, manifest, StandardCopyOption.REPLACE_EXISTING);
        Files.setLastModifiedTime(layout.snapshot(id(0)), FileTime.from(LONG_AGO));
        List<SnapshotId> unreadable = new ArrayList<>();
        new Summaries(store, records).all((id, _) -> unreadable.add(id));
        assertThat(unreadable).containsExactly(id(0));
    }

    /** Within the file system's grain of time, a second change would look like the first. */
    @Test
    void what_has_just_changed_is_not_kept() throws IOException {
        for (int i = 0; i < MANY; i++) {
            Files.setLastModifiedTime(layout.snapshotManifest(id(i)), FileTime.from(Instant.now()));
        }
        list();
        assertThat(layout.snapshotIndex()).doesNotExist();
    }

    @Test
    void those_that_are_gone_leave_the_index() throws IOException {
        list();
        long before = Files.size(layout.snapshotIndex());
        for (int i = 5; i < MANY; i++) {
            Files.delete(layout.snapshotManifest(id(i)));
            Files.delete(layout.snapshot(id(i)));
        }
        assertThat(list()).hasSize(5);
        assertThat(Files.size(layout.snapshotIndex())).isLessThan(before / 2);
    }

    @Test
    void a_damaged_index_is_none() throws IOException {
        List<SnapshotSummary> truth = list();
        byte[] good = Files.readAllBytes(layout.snapshotIndex());
        for (int at = 0; at < good.length; at += 7) {
            byte[] bad = good.clone();
            bad[at] ^= 0x41;
            Files.write(layout.snapshotIndex(), bad);
            assertThat(SummaryIndex.read(layout.snapshotIndex())).isSameAs(SummaryIndex.EMPTY);
            byte[] cut = new byte[at];
            System.arraycopy(good, 0, cut, 0, at);
            assertThat(SummaryIndex.of(cut)).isSameAs(SummaryIndex.EMPTY);
        }
        assertThat(list()).isEqualTo(truth);
        assertThat(Files.readAllBytes(layout.snapshotIndex())).isEqualTo(good);
    }

    /** One with the right checksum whose maker had other ideas: what makes no sense is read from the manifest. */
    @Test
    void an_index_that_makes_no_sense_shows_nothing() throws IOException {
        List<SnapshotSummary> truth = list();
        byte[] good = Files.readAllBytes(layout.snapshotIndex());
        byte[] name = "box".getBytes(StandardCharsets.UTF_8);
        for (int at = 12; at < good.length; at += 3) {
            byte[] bad = good.clone();
            System.arraycopy(name, 0, bad, at, Math.min(name.length, bad.length - at));
            SummaryIndex index = SummaryIndex.of(SummaryIndex.sealed(bad));
            for (SnapshotSummary summary : truth) {
                // Whatever it says, it is no failure.
                index.find(summary.id(), layout.snapshot(summary.id()));
            }
        }
    }

    @Test
    void a_list_that_cannot_be_kept_is_a_list() throws IOException {
        Files.createDirectories(layout.tools());
        Files.createDirectory(layout.snapshotIndex());
        Files.writeString(layout.snapshotIndex().resolve("in-the-way"), "");
        assertThat(list()).isEqualTo(truth());
    }

    @Test
    void a_list_without_the_locks_that_keeping_it_takes_is_a_list() throws IOException {
        // A process has one channel for each store's locks, and that of this one is open.
        Path moved = Files.move(layout.root(), directory.resolve("moved"));
        Store other = Store.open(moved, Duration.ofMillis(50));
        Files.delete(other.layout().locks());
        Files.createDirectory(other.layout().locks());
        assertThat(new Summaries(other, new SnapshotRecords(other)).all((_, _) -> {}))
                .hasSize(MANY);
        assertThat(other.layout().snapshotIndex()).doesNotExist();
    }

    /** It may be readable the next time without any change that the stamp would show. */
    @Test
    void what_could_not_be_read_is_read_again() throws IOException {
        assertThat(of(list(), 3).notesDamage()).isPresent();
        SummaryIndex index = SummaryIndex.read(layout.snapshotIndex());
        assertThat(index.size()).isEqualTo(MANY - 2);
        assertThat(index.find(id(3), layout.snapshot(id(3)))).isEmpty();
        assertThat(index.find(id(4), layout.snapshot(id(4)))).isEmpty();
        assertThat(index.find(id(2), layout.snapshot(id(2)))).isPresent();
    }

    /** Some archives set all times to 0. */
    @Test
    void a_file_of_1970_is_a_file() throws IOException {
        for (Path path : List.of(layout.snapshotManifest(id(0)), layout.snapshot(id(0)))) {
            Files.setLastModifiedTime(path, FileTime.from(Instant.EPOCH));
        }
        list();
        assertThat(SummaryIndex.read(layout.snapshotIndex()).find(id(0), layout.snapshot(id(0))))
                .isPresent();
    }

    /** Another meaning or order of what stands in the file needs another number in its magic. */
    @Test
    void the_form_of_the_file_is_as_the_version_says() {
        long[] facts = new long[SummaryStamp.LENGTH];
        facts[0] = 7;
        SnapshotManifest manifest = SampleManifests.of(id(999), SnapshotType.FULL);
        SnapshotSummary one = SnapshotSummary.of(manifest, records);
        SnapshotSummary fixed = new SnapshotSummary(
                one.id(),
                one.sandbox(),
                "an-id",
                "qemu 10.0.2",
                one.accelerator(),
                one.memoryForm(),
                one.type(),
                one.createdAt(),
                one.ownFiles(),
                List.of(new SnapshotSummary.Layer("00", 5, true)),
                "00.qcow2",
                one.parent(),
                true,
                Optional.of(new SandboxName("box")),
                one.stateFile(),
                one.memoryFile(),
                one.memorySize(),
                one.notes(),
                one.memoryParent(),
                new SnapshotNotes(Optional.of("text"), Map.of("k", "v"), Optional.of(Instant.EPOCH)),
                Optional.empty());
        byte[] file = SummaryIndex.toBytes(List.of(new SummaryIndex.Entry(SummaryStamp.of(facts), fixed)));
        CRC32 sum = new CRC32();
        sum.update(file);
        assertThat(new String(file, 0, 8, StandardCharsets.US_ASCII)).isEqualTo("SNAPIDX1");
        assertThat(SnapshotManifest.FORMAT).isEqualTo(1);
        assertThat(Long.toHexString(sum.getValue())).isEqualTo("9715ae85");
    }

    /** What decides something sees what the index does not. */
    @Test
    void whoever_decides_reads_the_manifests() throws IOException {
        Snapshots snapshots = SmolVm.open(layout.root(), Duration.ofMillis(50)).snapshots();
        assertThat(snapshots.overview(Optional.empty(), (_, _) -> {})).hasSize(MANY);
        changeUnseen(id(0));
        assertThat(snapshots.overview(Optional.empty(), (_, _) -> {})).hasSize(MANY);
        assertThat(snapshots.list(Optional.empty())).hasSize(MANY - 1);
    }

    @Test
    void what_is_no_snapshot_is_in_no_list() throws IOException {
        Files.writeString(layout.snapshots().resolve("stray"), "");
        Files.createDirectory(layout.snapshots().resolve("lost+found"));
        List<SnapshotId> unreadable = new ArrayList<>();
        assertThat(new Summaries(store, records).all((id, _) -> unreadable.add(id)))
                .hasSize(MANY);
        assertThat(unreadable).isEmpty();
    }
}
