package dev.smolvm.archive;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.SparseFile;
import dev.smolvm.snapshot.Label;
import dev.smolvm.snapshot.MemoryRecord;
import dev.smolvm.snapshot.NotesFile;
import dev.smolvm.snapshot.SavedDisk;
import dev.smolvm.snapshot.SnapshotManifest;
import dev.smolvm.snapshot.SnapshotNotes;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.Blob;
import dev.smolvm.store.Checksum;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.SnapshotId;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A snapshot is the same behind an archive as before it. */
class RoundTripTest {
    private static final SnapshotId S1 = Shelf.S1;
    private static final SnapshotId S2 = new SnapshotId("s2");

    @TempDir
    Path directory;

    private Shelf here;
    private Shelf there;
    private Path file;

    @BeforeEach
    void twoStores() throws IOException {
        here = Shelf.open(directory.resolve("here"));
        there = Shelf.empty(directory.resolve("there"));
        file = directory.resolve("s1.smolvm");
    }

    @Test
    void a_full_snapshot_arrives_as_it_was() throws IOException {
        SnapshotManifest saved = here.full(S1);
        here.export(S1, file);
        ImportedSnapshot imported = there.importFile(file);

        SnapshotManifest arrived = there.manifest(S1);
        assertThat(imported.snapshot().id()).isEqualTo(S1);
        assertThat(imported.files()).isEqualTo(4);
        assertThat(imported.filesHere()).isZero();
        assertThat(arrived.type()).isEqualTo(SnapshotType.FULL);
        assertThat(arrived.createdAt()).isEqualTo(saved.createdAt());
        assertThat(arrived.sandbox().id()).isEqualTo(saved.sandbox().id());
        assertThat(arrived.notes()).isEqualTo(saved.notes());
        ArchiveContents.assertSame(here, saved, there, arrived);
    }

    @Test
    void what_its_user_wrote_to_it_arrives_but_for_what_belongs_to_one_store() throws IOException {
        here.full(S1);
        NotesFile.write(
                here.vm().store().layout().snapshot(S1),
                SnapshotNotes.NONE
                        .describedAs("as installed")
                        .with(new Label("app", "shop"))
                        .with(new Label("smolvm.checkpoint", "auto"))
                        .expiring(Optional.of(Instant.parse("2027-01-01T00:00:00Z"))));
        there.importFile(here.export(S1, file));
        SnapshotNotes arrived = there.vm().snapshots().info(S1).written();
        assertThat(arrived.description()).contains("as installed");
        assertThat(arrived.labels()).containsExactly(Map.entry("app", "shop"));
        assertThat(arrived.expires()).isEmpty();
    }

    @Test
    void damaged_notes_stay_behind() throws IOException {
        here.full(S1);
        DurableFiles.write(here.snapshot(S1).resolve("notes.json"), "{");
        there.importFile(here.export(S1, file));
        assertThat(there.snapshot(S1).resolve("notes.json")).doesNotExist();
    }

    @Test
    void a_diff_that_holds_all_memory_arrives_as_a_full_one() throws IOException {
        SnapshotManifest saved = here.completeDiff(S1);
        ImportedSnapshot imported = there.importFile(here.export(S1, file));
        SnapshotManifest arrived = there.manifest(S1);
        assertThat(arrived.type()).isEqualTo(SnapshotType.FULL);
        assertThat(arrived.notes())
                .containsExactly("it was a diff snapshot where it was exported; its memory is complete here");
        assertThat(imported.snapshot().type()).isEqualTo(SnapshotType.FULL);
        ArchiveContents.assertSame(here, saved, there, arrived);
    }

    @Test
    void holes_stay_holes() throws IOException {
        here.full(S1);
        here.raw(S2);
        for (SnapshotId id : List.of(S1, S2)) {
            SnapshotManifest saved = here.manifest(id);
            there.importFile(here.export(id, file));
            Path memory = there.snapshot(id).resolve("memory");
            assertThat(SparseFile.extents(memory))
                    .isEqualTo(SparseFile.extents(here.snapshot(id).resolve("memory")));
            SnapshotManifest arrived = there.manifest(id);
            assertThat(arrived.memory().orElseThrow().file().allocated()).isEqualTo(SparseFile.allocated(memory));
            assertThat(SparseFile.allocated(there.path(top(arrived))))
                    .isEqualTo(SparseFile.allocated(here.path(top(saved))));
        }
        assertThat(Files.size(file)).isLessThan(10_000);
    }

    private static Blob top(SnapshotManifest manifest) {
        return manifest.disks().getFirst().layers().getLast();
    }

    @Test
    void a_diff_becomes_a_full_one_that_needs_no_other() throws IOException {
        here.full(S1);
        here.diff(S2, S1);
        ExportedArchive exported = here.archives().export(new ExportRequest(S2, file, true, false), Progress.NONE);
        assertThat(exported.notes()).singleElement().asString().contains("full one where it is imported");
        ImportedSnapshot imported = there.importFile(file);

        assertThat(imported.notes()).anyMatch(n -> n.contains("was a diff snapshot"));
        SnapshotManifest arrived = there.manifest(S2);
        assertThat(arrived.type()).isEqualTo(SnapshotType.FULL);
        assertThat(arrived.memoryParent()).isEmpty();
        assertThat(arrived.memory().orElseThrow())
                .isInstanceOfSatisfying(
                        MemoryRecord.Complete.class, m -> assertThat(m.offset()).isZero());
        try (RandomAccessFile memory =
                new RandomAccessFile(there.snapshot(S2).resolve("memory").toFile(), "r")) {
            assertThat(memory.length()).isEqualTo(Shelf.MEMORY);
            assertThat(page(memory, 3)).isEqualTo("three");
            assertThat(page(memory, 4)).isEmpty();
            assertThat(page(memory, 5)).isEqualTo("five");
            assertThat(page(memory, 1300)).isEqualTo("changed");
        }
        assertThat(SparseFile.allocated(there.snapshot(S2).resolve("memory"))).isEqualTo(3L * Shelf.PAGE);
    }

    private static String page(RandomAccessFile memory, int page) throws IOException {
        byte[] bytes = new byte[Shelf.PAGE];
        memory.seek((long) page * Shelf.PAGE);
        memory.readFully(bytes);
        return new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1).replace("\0", "");
    }

    @Test
    void disk_snapshots_and_raw_disks_arrive_too() throws IOException {
        SnapshotManifest disk = here.disk(S1);
        SnapshotManifest raw = here.raw(S2);
        there.importFile(here.export(S1, file));
        there.importFile(here.export(S2, file));
        ArchiveContents.assertSame(here, disk, there, there.manifest(S1));
        ArchiveContents.assertSame(here, raw, there, there.manifest(S2));
    }

    @Test
    void nothing_of_the_host_leaves_with_it() throws IOException {
        SnapshotManifest saved = here.full(S1);
        assertThat(saved.sandbox().sshKey()).isPresent();
        there.importFile(here.export(S1, file));
        assertThat(there.manifest(S1).sandbox().sshKey()).isEmpty();
        assertThat(new String(ArchiveContents.entries(file).get(ArchiveDescription.NAME)))
                .doesNotContain(saved.sandbox().sshKey().orElseThrow().toString())
                .doesNotContain(directory.toString());
    }

    @Test
    void an_id_that_is_taken_is_a_conflict_with_a_way_out() throws IOException {
        here.full(S1);
        here.export(S1, file);
        Map<String, String> before = here.files();
        assertThatThrownBy(() -> here.importFile(file)).isInstanceOfSatisfying(SmolVmException.class, e -> {
            assertThat(e.kind()).isEqualTo(ErrorKind.CONFLICT);
            assertThat(e.advice()).contains("--name");
        });
        assertThat(here.files()).isEqualTo(before);
        assertThat(here.importFile(file, "other").snapshot().id().value()).isEqualTo("other");
    }

    @Test
    void equal_snapshots_make_equal_archives() throws IOException {
        here.full(S1);
        Path other = directory.resolve("other");
        assertThat(here.export(S1, file)).hasSameBinaryContentAs(here.export(S1, other));
    }

    @Test
    void other_tools_can_read_it() throws IOException {
        SnapshotManifest saved = here.full(S1);
        Map<String, byte[]> entries = ArchiveContents.entries(here.export(S1, file));
        assertThat(entries.keySet())
                .startsWith(ArchiveDescription.NAME)
                .endsWith("device.state", "memory")
                .hasSize(7);
        assertThat(entries.get("memory"))
                .isEqualTo(Files.readAllBytes(here.snapshot(S1).resolve("memory")));
        for (SavedDisk disk : saved.disks()) {
            for (Blob layer : disk.layers()) {
                assertThat(entries.get("layers/" + layer.fileName())).isEqualTo(Files.readAllBytes(here.path(layer)));
            }
        }
    }

    /** As another implementation of tar reads it. */
    @Test
    void a_file_that_is_there_is_replaced_only_with_force_and_only_by_a_whole_one() throws IOException {
        here.full(S1);
        Files.writeString(file, "mine");
        assertThat(kindOf(() -> here.archives().export(new ExportRequest(S1, file, true, false), Progress.NONE)))
                .isEqualTo(ErrorKind.CONFLICT);
        assertThat(file).hasContent("mine");
        Path memory = here.snapshot(S1).resolve("memory");
        try (RandomAccessFile out = new RandomAccessFile(memory.toFile(), "rw")) {
            out.seek(Shelf.OFFSET + 3L * Shelf.PAGE);
            out.write('X');
        }
        assertThat(kindOf(() -> here.export(S1, file))).isEqualTo(ErrorKind.INTEGRITY);
        assertThat(file).hasContent("mine");
        assertThat(ArchiveContents.listed(directory)).containsExactlyInAnyOrder("here", "there", "s1.smolvm");
        Files.writeString(file, "mine");
        here.disk(S2);
        assertThat(here.export(S2, file)).isNotEmptyFile();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void a_damaged_snapshot_makes_no_archive() throws IOException {
        here.full(S1);
        here.diff(S2, S1);
        Path memory = here.snapshot(S1).resolve("memory");
        try (RandomAccessFile out = new RandomAccessFile(memory.toFile(), "rw")) {
            // A page that the diff replaces: its checksum tells all the same.
            out.seek(Shelf.OFFSET + 1300L * Shelf.PAGE);
            out.write('X');
        }
        assertThat(kindOf(() -> here.export(S2, file))).isEqualTo(ErrorKind.INTEGRITY);
        Files.delete(memory);
        assertThat(kindOf(() -> here.export(S1, file))).isEqualTo(ErrorKind.INTEGRITY);
        assertThat(kindOf(() -> here.export(S2, file))).isEqualTo(ErrorKind.INTEGRITY);
        assertThat(kindOf(() -> here.export(new SnapshotId("s3"), file))).isEqualTo(ErrorKind.NOT_FOUND);
        assertThat(ArchiveContents.listed(directory)).containsExactlyInAnyOrder("here", "there");
    }

    @Test
    void odd_targets_and_sources_are_refused() throws IOException {
        here.disk(S1);
        assertThat(kindOf(() -> here.export(S1, directory))).isEqualTo(ErrorKind.USAGE);
        assertThat(kindOf(() -> here.export(S1, directory.resolve("no/s1")))).isEqualTo(ErrorKind.NOT_FOUND);
        Path link = Files.createSymbolicLink(directory.resolve("link"), here.path(here.root()));
        assertThat(kindOf(() -> here.export(S1, link))).isEqualTo(ErrorKind.USAGE);
        assertThat(kindOf(() -> there.importFile(directory))).isEqualTo(ErrorKind.USAGE);
        assertThat(kindOf(() -> there.importFile(Path.of("/dev/zero")))).isEqualTo(ErrorKind.USAGE);
        assertThat(kindOf(() -> there.importFile(directory.resolve("nothing")))).isEqualTo(ErrorKind.NOT_FOUND);
        Files.writeString(file, "PK");
        assertThat(kindOf(() -> there.importFile(file))).isEqualTo(ErrorKind.USAGE);
    }

    @Test
    void the_line_of_snapshots_is_kept_where_the_parent_is_here_too() throws IOException {
        SnapshotManifest first = here.full(S1);
        SnapshotManifest second = here.disk(S2);
        Files.writeString(
                here.snapshot(S2).resolve("manifest.json"),
                dev.smolvm.snapshot.ManifestFile.write(new SnapshotManifest(
                        S2,
                        SnapshotType.DISK,
                        second.createdAt(),
                        second.sandbox(),
                        second.disks(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(first.id()),
                        0,
                        List.of())));
        here.export(S2, file);
        there.importFile(file, "alone");
        assertThat(there.manifest(new SnapshotId("alone")).parent()).isEmpty();
        there.importFile(here.export(S1, directory.resolve("first")));
        there.importFile(file);
        assertThat(there.manifest(S2).parent()).contains(S1);
    }

    /** It would be the newest for ever, and a prune would keep it in place of others. */
    @Test
    void one_from_the_future_is_of_now() throws IOException {
        SnapshotManifest saved = here.full(S1);
        Files.writeString(
                here.snapshot(S1).resolve("manifest.json"),
                dev.smolvm.snapshot.ManifestFile.write(new SnapshotManifest(
                        S1,
                        saved.type(),
                        java.time.Instant.parse("2999-01-01T00:00:00Z"),
                        saved.sandbox(),
                        saved.disks(),
                        saved.deviceState(),
                        saved.memory(),
                        Optional.empty(),
                        0,
                        List.of())));
        there.importFile(here.export(S1, file));
        assertThat(there.manifest(S1).createdAt()).isBeforeOrEqualTo(java.time.Instant.now());
    }

    @Test
    void a_guest_that_is_reached_over_ssh_needs_its_key() throws IOException {
        Shelf store = here;
        SnapshotManifest saved = store.full(S1);
        var s = saved.sandbox();
        SnapshotManifest overSsh = new SnapshotManifest(
                S1,
                saved.type(),
                saved.createdAt(),
                new dev.smolvm.sandbox.SandboxDefinition(
                        s.name(),
                        s.id(),
                        s.image(),
                        s.os(),
                        s.createdAt(),
                        s.machine(),
                        s.network(),
                        false,
                        s.sshUser(),
                        s.sshKey()),
                saved.disks(),
                saved.deviceState(),
                saved.memory(),
                saved.parent(),
                0,
                List.of());
        Files.writeString(store.snapshot(S1).resolve("manifest.json"), dev.smolvm.snapshot.ManifestFile.write(overSsh));
        store.export(S1, file);
        assertThat(kindOf(() -> there.importFile(file))).isEqualTo(ErrorKind.USAGE);
        Path key = directory.resolve("key");
        assertThat(kindOf(() -> importWith(key))).isEqualTo(ErrorKind.NOT_FOUND);
        assertThat(kindOf(() -> importWith(directory))).isEqualTo(ErrorKind.USAGE);
        assertThat(there.ids()).isEmpty();
        Files.createFile(key);
        assertThat(importWith(key).notes()).isEmpty();
        assertThat(there.manifest(S1).sandbox().sshKey()).contains(key);
    }

    private ImportedSnapshot importWith(Path key) {
        return there.archives().importFile(new ImportRequest(file, Optional.empty(), Optional.of(key)), Progress.NONE);
    }

    @Test
    void a_key_for_a_guest_that_needs_none_is_not_taken_silently() throws IOException {
        here.full(S1);
        here.export(S1, file);
        Path key = directory.resolve("key");
        assertThat(kindOf(() -> importWith(key))).isEqualTo(ErrorKind.NOT_FOUND);
        assertThat(there.ids()).isEmpty();
        Files.createFile(key);
        assertThat(importWith(key).notes())
                .contains("its guest is not reached over SSH: the key " + key + " is not used");
        assertThat(there.manifest(S1).sandbox().sshKey()).isEmpty();
    }

    @Test
    void checksums_are_those_of_the_store() throws IOException {
        here.full(S1);
        Path memory = here.snapshot(S1).resolve("memory");
        ExtentMap extents = ExtentMap.ofFile(memory);
        try (SparseTransfer transfer = new SparseTransfer(_ -> {});
                RandomAccessFile in = new RandomAccessFile(memory.toFile(), "r")) {
            assertThat(transfer.pass(
                            extents,
                            (offset, target, at, length) -> {
                                in.seek(offset);
                                in.readFully(target, at, length);
                            },
                            SparseTransfer.Sink.NONE))
                    .isEqualTo(Checksum.of(memory));
        }
    }
}
