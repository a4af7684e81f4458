package dev.smolvm.upkeep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import dev.smolvm.sandbox.SandboxRecord;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobId;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.store.StoreLocks;
import dev.smolvm.testing.SampleStore;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoreCheckTest {
    private static final SandboxName WEB = new SandboxName("web");

    @TempDir
    Path directory;

    private SampleStore sample;
    private StoreLayout layout;
    private SmolVm vm;
    private Blob top;
    private SandboxRecord web;

    @BeforeEach
    void fill() throws IOException {
        sample = new SampleStore(directory.resolve("store"));
        layout = sample.layout();
        Blob root = sample.layer();
        top = sample.layer();
        sample.image("tiny", root);
        sample.snapshot("clean", SnapshotType.FULL, null, root, top);
        sample.snapshot("configured", SnapshotType.DIFF, "clean", root, top);
        web = sample.sandbox("web", root, top);
        vm = SmolVm.open(layout.root(), Duration.ofMillis(50), Map.of());
    }

    private CheckReport check() {
        return check(false, false);
    }

    private CheckReport check(boolean data, boolean repair) {
        return vm.upkeep().check(new CheckRequest(data, repair), Progress.NONE);
    }

    /** The only one. */
    private Finding found() {
        assertThat(check().findings()).hasSize(1);
        return check().findings().getFirst();
    }

    private void expect(Finding.Kind kind, Path path, String what) {
        assertThat(found().kind()).isEqualTo(kind);
        assertThat(found().path()).isEqualTo(path);
        assertThat(found().what()).contains(what);
        assertThat(found().consequence()).isNotEmpty();
        assertThat(check().verdict()).contains(kind.damage() ? ErrorKind.INTEGRITY : ErrorKind.CONFLICT);
    }

    private void repaired(Path path) {
        assertThat(check(false, true).findings()).singleElement().satisfies(f -> {
            assertThat(f.repaired()).isTrue();
            assertThat(f.path()).isEqualTo(path);
        });
        assertThat(check().findings()).isEmpty();
    }

    @Test
    void a_store_as_commands_leave_it_has_nothing_to_find() {
        CheckReport report = check(true, false);
        assertThat(report.findings()).isEmpty();
        assertThat(report.verdict()).isEmpty();
        // 2 kernel files, 2 layers, 2 device states, 2 memories.
        assertThat(report.files()).isEqualTo(8);
    }

    @Test
    @Fault(Case.F09)
    void a_missing_or_cut_layer_names_all_that_need_it() throws IOException {
        Path file = layout.blob(top);
        Files.delete(file);
        expect(Finding.Kind.MISSING, file, "is missing");
        assertThat(found().consequence()).isEqualTo("damaged by it: sandbox web, snapshot clean, snapshot configured");
        assertThat(found().next())
                .as("a diff goes before its parent")
                .isEqualTo("smolvm sandbox snapshot delete configured clean");
        DurableFiles.createFile(file);
        DurableFiles.seal(file);
        expect(Finding.Kind.DAMAGED, file, "has 0 bytes instead of " + top.size());
        assertThat(check(false, true).verdict())
                .as("no repair brings it back, and none removes the snapshots")
                .contains(ErrorKind.INTEGRITY);
        assertThat(layout.snapshot(new SnapshotId("clean"))).exists();
    }

    @Test
    @Fault(Case.F10)
    void changed_bytes_are_found_where_data_is_read() throws IOException {
        Path file = layout.snapshot(new SnapshotId("clean")).resolve("memory");
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.seek(50_000);
            int value = raw.read();
            raw.seek(50_000);
            raw.write(value ^ 4);
        }
        assertThat(check().findings()).isEmpty();
        CheckReport report = check(true, false);
        assertThat(report.findings()).singleElement().satisfies(f -> {
            assertThat(f.path()).isEqualTo(file);
            assertThat(f.consequence()).isEqualTo("damaged by it: snapshot clean, snapshot configured");
        });
        assertThat(report.verdict()).contains(ErrorKind.INTEGRITY);
    }

    @Test
    void a_layer_that_nothing_names_is_left_over() throws IOException {
        Path unused = layout.blob(sample.layer());
        expect(Finding.Kind.LEFTOVER, unused, "no manifest names it");
        repaired(unused);
        assertThat(unused).doesNotExist();
        assertThat(layout.blob(top)).exists();
    }

    @Test
    void while_a_command_adds_layers_nothing_is_called_unused() throws IOException {
        Path unused = layout.blob(sample.layer());
        try (StoreLocks.Held held = sample.store().locks().storeShared()) {
            expect(Finding.Kind.BUSY, layout.layers(), "another command");
            check(false, true);
            assertThat(unused).exists();
        }
    }

    @Test
    void unknown_files_are_named_and_never_removed() throws IOException {
        List<Path> unknown = List.of(
                layout.root().resolve("Notes.txt"),
                layout.layers().resolve("Notes.txt"),
                layout.layers().resolve("0123.qcow2"),
                layout.images().resolve("Notes.txt"),
                layout.images().resolve("tiny/Notes.txt"),
                layout.sandboxes().resolve("Notes.txt"),
                layout.sandboxes().resolve("web/Notes.txt"),
                layout.sandboxes().resolve("web/vm/Notes.txt"),
                layout.snapshots().resolve("Notes.txt"),
                layout.snapshots().resolve("clean/Notes.txt"));
        for (Path file : unknown) {
            Files.writeString(file, "mine");
            expect(Finding.Kind.UNKNOWN, file, "not a file of smolvm's");
            assertThat(check(false, true).verdict()).contains(ErrorKind.CONFLICT);
            assertThat(file).hasContent("mine");
            Files.delete(file);
        }
        Files.createDirectory(layout.layers().resolve("lost+found"));
        expect(Finding.Kind.UNKNOWN, layout.layers().resolve("lost+found"), "not a file of smolvm's");
    }

    /** F24 */
    @Test
    @Fault(Case.F24)
    void planted_links_are_named_and_their_targets_unchanged() throws IOException {
        Path target = Files.writeString(directory.resolve("target"), "precious");
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rw-r--r--"));
        for (Path link : List.of(
                layout.layers().resolve(BlobId.random() + ".qcow2"),
                layout.sandboxes().resolve("planted"),
                layout.sandboxes().resolve("web/planted"),
                layout.vm(WEB).resolve("run-9"),
                layout.snapshots().resolve("planted"))) {
            Files.createSymbolicLink(link, target);
            expect(Finding.Kind.PLANTED, link, "a symbolic link");
            check(false, true);
            Files.delete(link);
        }
        Path sealed = layout.blob(top);
        Files.move(sealed, directory.resolve("moved"));
        Files.createSymbolicLink(sealed, directory.resolve("moved"));
        assertThat(check(false, true).verdict()).contains(ErrorKind.INTEGRITY);
        assertThat(target).hasContent("precious");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
                .isEqualTo("rw-r--r--");
    }

    /** F25 */
    @Test
    @Fault(Case.F25)
    void modes_are_put_right() throws IOException {
        for (Path path : List.of(
                layout.root(),
                layout.locks(),
                layout.sandboxFile(WEB),
                layout.snapshot(new SnapshotId("clean")),
                layout.snapshot(new SnapshotId("clean")).resolve("memory"),
                layout.snapshotManifest(new SnapshotId("configured")),
                layout.blob(top))) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxrwxrwx"));
            expect(Finding.Kind.ACCESS, path, "has mode 0777");
            repaired(path);
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(layout.blob(top))))
                .isEqualTo("r--------");
    }

    @Test
    void what_dead_commands_left_with_a_sandbox_is_removed() throws IOException {
        Path vmDirectory = layout.vm(WEB);
        Files.createDirectory(vmDirectory.resolve("run-3"));
        assertThat(check().findings()).as("that of its last VMM").isEmpty();
        Path run = Files.createDirectory(vmDirectory.resolve("run-2"));
        Files.writeString(run.resolve("qmp.sock"), "");
        expect(Finding.Kind.LEFTOVER, run, "not in the sandbox's record");
        repaired(run);
        for (Path file : List.of(
                vmDirectory.resolve(BlobId.random() + ".qcow2"),
                vmDirectory.resolve("capture"),
                layout.sandbox(WEB).resolve("run-2.pid"),
                layout.sandbox(WEB).resolve("run-3.forward-8080.pid"))) {
            Files.writeString(file, "99999999 1 nowhere");
            assertThat(found().kind()).isEqualTo(Finding.Kind.LEFTOVER);
            repaired(file);
        }
        assertThat(layout.overlay(WEB, web.chains().getFirst().overlay())).exists();
    }

    @Test
    void a_lost_top_layer_is_damage() throws IOException {
        Path overlay = layout.overlay(WEB, web.chains().getFirst().overlay());
        Files.writeString(overlay, "no qcow2");
        expect(Finding.Kind.DAMAGED, overlay, "cannot be used");
        Files.delete(overlay);
        expect(Finding.Kind.MISSING, overlay, "is missing");
    }

    @Test
    void a_sandbox_that_another_command_works_on_is_not_looked_into() throws IOException {
        Files.createDirectory(layout.vm(WEB).resolve("run-4"));
        try (StoreLocks.Held held = sample.store().locks().sandbox(WEB)) {
            expect(Finding.Kind.BUSY, layout.sandbox(WEB), "another command works on sandbox web");
            check(false, true);
            assertThat(layout.vm(WEB).resolve("run-4")).exists();
        }
    }

    @Test
    void a_manifest_that_cannot_be_read_keeps_all_layers_and_hides_nothing_else() throws IOException {
        Path unused = layout.blob(sample.layer());
        for (Path manifest : List.of(
                layout.snapshotManifest(new SnapshotId("configured")),
                layout.sandboxFile(WEB),
                layout.images().resolve("tiny/manifest.json"))) {
            String whole = Files.readString(manifest);
            Files.writeString(manifest, "{");
            assertThat(check(false, true).findings()).singleElement().satisfies(f -> {
                assertThat(f.kind()).isEqualTo(Finding.Kind.DAMAGED);
                assertThat(f.path()).isEqualTo(manifest);
                assertThat(f.next()).startsWith("smolvm ");
            });
            assertThat(unused).exists();
            Files.writeString(manifest, whole);
        }
        Files.delete(layout.snapshotManifest(new SnapshotId("configured")));
        expect(Finding.Kind.MISSING, layout.snapshotManifest(new SnapshotId("configured")), "its manifest is missing");
    }

    @Test
    @Fault(Case.F09)
    void a_diff_whose_parent_is_gone_is_named() throws IOException {
        DurableFiles.deleteTree(layout.snapshot(new SnapshotId("clean")));
        expect(
                Finding.Kind.MISSING,
                layout.snapshotManifest(new SnapshotId("configured")),
                "its parent clean is missing");
        assertThat(found().next()).isEqualTo("smolvm sandbox snapshot delete configured");
        sample.snapshot("d1", SnapshotType.DIFF, "configured", top);
        assertThat(found().consequence()).isEqualTo("damaged by it: snapshot configured, snapshot d1");
        assertThat(found().next()).isEqualTo("smolvm sandbox snapshot delete d1 configured");
    }

    /** The very bytes that a bad disk may return: nothing of it is text any more. */
    @ParameterizedTest
    @ValueSource(strings = {"\u00ff", "{"})
    @Fault(Case.F10)
    void a_damaged_manifest_damages_all_that_depends_on_it_and_the_command_removes_them(String damage)
            throws IOException {
        sample.snapshot("d1", SnapshotType.DIFF, "configured", top);
        Path manifest = layout.snapshotManifest(new SnapshotId("clean"));
        byte[] bytes = Files.readAllBytes(manifest);
        bytes[bytes.length / 2] = (byte) damage.charAt(0);
        Files.write(manifest, bytes);
        assertThat(check(true, false).findings()).hasSize(1);
        expect(Finding.Kind.DAMAGED, manifest, "");
        assertThat(found().what()).doesNotContain("snapshot").doesNotContain("manifest.json");
        assertThat(found().consequence()).startsWith("damaged by it: snapshot clean, snapshot configured, snapshot d1");
        String delete = "smolvm sandbox snapshot delete ";
        assertThat(found().next()).isEqualTo(delete + "d1 configured clean");
        for (String id : found().next().substring(delete.length()).split(" ")) {
            vm.snapshots().delete(new SnapshotId(id));
        }
        assertThat(check(true, false).findings()).isEmpty();
    }

    @Test
    void two_damaged_manifests_of_a_chain_can_be_removed_too() throws IOException {
        sample.snapshot("d1", SnapshotType.DIFF, "configured", top);
        for (String id : List.of("clean", "configured")) {
            Path manifest = layout.snapshotManifest(new SnapshotId(id));
            Files.writeString(manifest, Files.readString(manifest).substring(1));
        }
        assertThat(check().findings()).hasSize(2);
        assertThat(check().findings().getFirst().next())
                .isEqualTo("smolvm sandbox snapshot delete d1 configured clean");
        assertThat(check().findings().getLast().next()).isEqualTo("smolvm sandbox snapshot delete d1 configured");
    }

    @Test
    void what_is_intact_and_needs_a_damaged_one_is_saved_first() throws IOException {
        Files.delete(layout.snapshot(new SnapshotId("clean")).resolve("device.state"));
        assertThat(found().consequence()).isEqualTo("damaged by it: snapshot clean");
        assertThat(found().next())
                .contains("smolvm sandbox snapshot export configured -o FILE")
                .endsWith("then smolvm sandbox snapshot delete configured clean");
    }

    @Test
    void a_damaged_mark_of_a_restore_is_named() throws IOException {
        Path mark = layout.snapshotRestored(new SnapshotId("clean"));
        DurableFiles.write(mark, "{");
        expect(Finding.Kind.DAMAGED, mark, "cannot be read");
    }

    @Test
    void the_working_set_of_a_snapshot_belongs_to_it() throws IOException {
        DurableFiles.write(layout.workingSet(layout.snapshot(new SnapshotId("clean"))), "whatever");
        assertThat(check().findings()).isEmpty();
    }

    @Test
    void the_notes_of_a_snapshot_belong_to_it() throws IOException {
        Path notes = layout.snapshotNotes(new SnapshotId("clean"));
        vm.snapshots().annotate(new SnapshotId("clean"), n -> n.describedAs("as installed"));
        assertThat(notes).exists();
        assertThat(check().findings()).isEmpty();
        Files.delete(notes);
        DurableFiles.write(notes, "{");
        expect(Finding.Kind.DAMAGED, notes, "cannot be read");
    }

    @Test
    void a_collection_that_is_due_is_nothing_to_find() throws IOException {
        DurableFiles.createFile(layout.tmp().resolve("collect"));
        assertThat(check().findings()).isEmpty();
    }

    @Test
    void what_a_dead_command_left_in_tmp_is_left_over() throws IOException {
        Path dead = Files.createDirectory(layout.tmp().resolve("0123"));
        expect(Finding.Kind.LEFTOVER, dead, "left by a command that died");
        repaired(dead);
        try (var staging = sample.store().stage()) {
            assertThat(check().findings()).as("its owner lives").isEmpty();
        }
    }
}
