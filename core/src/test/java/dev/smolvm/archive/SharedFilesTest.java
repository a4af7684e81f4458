package dev.smolvm.archive;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.snapshot.SnapshotManifest;
import dev.smolvm.store.Blob;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.vmm.MachineSpec;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an archive leaves out, or the receiving store has already: the same file is kept once, if it is whole. */
class SharedFilesTest {
    private static final SnapshotId S1 = Shelf.S1;

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
    void what_the_store_has_is_not_stored_twice() throws IOException {
        here.full(S1);
        here.export(S1, file);
        there.importFile(file);
        List<Blob> first = new ArrayList<>(ArchiveDescription.blobs(there.manifest(S1)));
        ImportedSnapshot again = there.importFile(file, "again");
        assertThat(again.filesHere()).isEqualTo(again.files()).isEqualTo(4);
        assertThat(ArchiveDescription.blobs(there.manifest(new SnapshotId("again"))))
                .containsExactlyElementsOf(first);
        // And once more where it came from.
        assertThat(here.importFile(file, "back").filesHere()).isEqualTo(4);
        there.vm().snapshots().delete(S1);
        assertThat(there.path(first.getFirst())).exists();
        there.vm().snapshots().delete(new SnapshotId("again"));
        assertThat(there.path(first.getFirst())).doesNotExist();
    }

    @Test
    void layers_of_equal_content_stay_two() throws IOException {
        here.twice(S1);
        here.export(S1, file);
        assertThat(there.importFile(file).filesHere()).isZero();
        assertThat(there.importFile(file, "again").filesHere()).isEqualTo(5);
        for (SnapshotId id : there.ids()) {
            assertThat(there.manifest(id).disks().getFirst().layers())
                    .hasSize(3)
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void a_damaged_file_of_the_same_checksum_is_not_used_again() throws IOException {
        here.full(S1);
        here.export(S1, file);
        there.importFile(file);
        Blob kernel = ArchiveDescription.blobs(there.manifest(S1)).iterator().next();
        overwrite(there.path(kernel));
        assertThat(there.importFile(file, "again").filesHere()).isEqualTo(3);
        ArchiveContents.assertSame(here, here.manifest(S1), there, there.manifest(new SnapshotId("again")));
    }

    @Test
    void without_the_base_the_receiver_needs_the_same_image_whatever_its_ids() throws IOException {
        here.full(S1);
        long whole = Files.size(here.export(S1, file));
        here.exportWithoutBase(S1, file);
        assertThat(Files.size(file)).isLessThan(whole);
        assertThat(ArchiveContents.entries(file).keySet())
                .noneMatch(n -> n.endsWith("vmlinux") || n.endsWith("initrd"))
                .filteredOn(n -> n.endsWith("qcow2"))
                .hasSize(1);
        Map<String, String> before = there.files();
        assertThatThrownBy(() -> there.importFile(file)).isInstanceOfSatisfying(SmolVmException.class, e -> {
            assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND);
            assertThat(e.getMessage()).contains("image tiny");
            assertThat(e.advice()).contains("--no-base");
        });
        assertThat(there.files()).isEqualTo(before);

        Shelf same = Shelf.open(directory.resolve("same"));
        assertThat(same.root().id()).isNotEqualTo(here.root().id());
        assertThat(same.importFile(file).filesHere()).isEqualTo(3);
        SnapshotManifest arrived = same.manifest(S1);
        assertThat(arrived.disks().getFirst().layers().getFirst()).isEqualTo(same.root());
        assertThat(arrived.sandbox().machine().boot())
                .isEqualTo(same.sandbox().machine().boot())
                .isInstanceOf(MachineSpec.Boot.DirectKernel.class);
    }

    @Test
    void a_base_that_is_damaged_here_is_no_base() throws IOException {
        here.full(S1);
        here.exportWithoutBase(S1, file);
        Shelf same = Shelf.open(directory.resolve("same"));
        overwrite(same.path(same.root()));
        assertThat(kindOf(() -> same.importFile(file))).isEqualTo(ErrorKind.INTEGRITY);
        assertThat(same.ids()).isEmpty();
    }

    @Test
    void no_base_needs_an_image_that_has_it() throws IOException {
        here.full(S1);
        here.vm().images().remove(here.sandbox().image());
        assertThat(kindOf(() -> here.exportWithoutBase(S1, file))).isEqualTo(ErrorKind.NOT_FOUND);
        assertThat(ArchiveContents.listed(directory)).containsExactlyInAnyOrder("here", "there");
    }

    private static void overwrite(Path path) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
        try (RandomAccessFile out = new RandomAccessFile(path.toFile(), "rw")) {
            out.write('X');
        }
    }
}
