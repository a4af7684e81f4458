package dev.smolvm.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import dev.smolvm.testing.ChildJvm;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StagingTest {
    @TempDir
    Path directory;

    private Store store;

    @BeforeEach
    void open() {
        store = Store.open(directory.resolve("store"), Duration.ofMillis(50));
    }

    @Test
    void what_was_published_stays_and_the_rest_goes() throws IOException {
        Path target = store.layout().images().resolve("a");
        try (Staging staging = store.stage()) {
            Path made = staging.file("made");
            DurableFiles.createDirectory(made);
            DurableFiles.write(made.resolve("manifest.json"), "{}");
            DurableFiles.write(staging.file("scrap"), "x");
            staging.publish(made, target);
        }
        assertThat(target.resolve("manifest.json")).hasContent("{}");
        assertThat(store.layout().tmp()).isEmptyDirectory();
    }

    @Test
    void a_place_that_is_taken_is_not_overwritten() throws IOException {
        Path target = store.layout().images().resolve("a");
        Files.createDirectory(target);
        try (Staging staging = store.stage()) {
            Path made = staging.file("made");
            DurableFiles.createDirectory(made);
            assertThatThrownBy(() -> staging.publish(made, target)).isInstanceOf(FileAlreadyExistsException.class);
        }
    }

    @Test
    void what_a_dead_process_left_is_removed_by_the_next_and_what_a_living_one_has_is_kept() throws Exception {
        Path leftByDead;
        try (ChildJvm dead = ChildJvm.start(Builder.class, store.layout().root().toString())) {
            leftByDead = Path.of(dead.line());
            try (ChildJvm living =
                    ChildJvm.start(Builder.class, store.layout().root().toString())) {
                Path ofLiving = Path.of(living.line());
                assertThat(leftByDead).exists();
                dead.kill();
                Store.open(store.layout().root(), Duration.ofMillis(50));
                assertThat(leftByDead).doesNotExist();
                assertThat(ofLiving.resolve("half-done")).exists();
                living.send("go on");
                assertThat(living.line()).isEqualTo("done");
                assertThat(ofLiving).doesNotExist();
            }
        }
    }

    @Test
    void the_own_process_does_not_sweep_what_it_builds() throws IOException {
        try (Staging staging = store.stage()) {
            DurableFiles.write(staging.file("half-done"), "x");
            Store.open(store.layout().root(), Duration.ofMillis(50));
            assertThat(staging.file("half-done")).exists();
        }
    }

    @Test
    void a_file_is_replaced_in_one_step() throws Exception {
        Path file = store.layout().root().resolve("images/state.json");
        String small = "a".repeat(10);
        String large = "b".repeat(100_000);
        store.replaceFile(file, small);
        Thread writer = Thread.ofPlatform().start(() -> {
            try {
                for (int i = 0; i < 60; i++) {
                    store.replaceFile(file, i % 2 == 0 ? large : small);
                }
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        while (writer.isAlive()) {
            assertThat(Files.readString(file)).isIn(small, large);
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(store.layout().tmp()).isEmptyDirectory();
    }

    @Fault(Case.F24)
    @Test
    void removing_takes_a_tree_away_follows_no_link_and_may_be_repeated() throws IOException {
        Path target = Files.createDirectory(directory.resolve("target"));
        Files.writeString(target.resolve("file"), "mine");
        Path object = Files.createDirectories(store.layout().images().resolve("a/b"));
        Files.createSymbolicLink(object.resolve("link"), target);
        store.remove(object.getParent(), () -> {});
        store.remove(object.getParent(), () -> {});
        assertThat(object.getParent()).doesNotExist();
        assertThat(target.resolve("file")).hasContent("mine");

        Path link = Files.createSymbolicLink(store.layout().images().resolve("l"), target);
        store.remove(link, () -> {});
        assertThat(link).doesNotExist();
        assertThat(target.resolve("file")).hasContent("mine");
    }

    @Test
    void a_blob_is_sealed_and_described() throws IOException {
        Blob blob;
        try (Staging staging = store.stage();
                StoreLocks.Held held = store.locks().storeShared()) {
            Path file = staging.file("disk");
            Files.writeString(file, "content");
            blob = store.addBlob(file, BlobKind.LAYER);
        }
        Path file = store.layout().blob(blob);
        assertThat(file).hasParent(store.layout().layers()).hasContent("content");
        assertThat(file.getFileName()).hasToString(blob.id() + ".qcow2");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("r--------");
        assertThat(blob.size()).isEqualTo(7);
        assertThat(blob.checksum()).isEqualTo(Checksum.of(file));
    }

    @Fault(Case.F24)
    @Test
    void a_link_is_neither_sealed_nor_synced_nor_summed() throws IOException {
        Path target = directory.resolve("target");
        Files.writeString(target, "mine");
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rw-r--r--"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), target);
        assertThatThrownBy(() -> DurableFiles.seal(link)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> DurableFiles.makePrivate(link)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> DurableFiles.sync(link)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> Checksum.of(link)).isInstanceOf(IOException.class);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
                .isEqualTo("rw-r--r--");
    }

    /** Builds something, says where, and finishes when it is told to. */
    static final class Builder {
        public static void main(String[] args) throws IOException {
            Store store = Store.open(Path.of(args[0]), Duration.ofMillis(50));
            try (Staging staging = store.stage()) {
                DurableFiles.write(staging.file("half-done"), "x");
                System.out.println(staging.directory());
                System.in.read();
            }
            System.out.println("done");
        }
    }
}
