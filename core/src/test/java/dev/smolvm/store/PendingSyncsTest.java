package dev.smolvm.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PendingSyncsTest {
    @TempDir
    Path directory;

    @Test
    void files_and_directories_are_awaited() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "x");
        try (PendingSyncs syncs = new PendingSyncs()) {
            syncs.add(file);
            syncs.add(directory);
            syncs.await();
            syncs.await();
        }
        assertThat(file).hasContent("x");
    }

    @Test
    void what_cannot_be_made_durable_is_told_to_whoever_awaits_it_and_to_nobody_else() {
        try (PendingSyncs syncs = new PendingSyncs()) {
            syncs.add(directory.resolve("missing"));
            assertThatThrownBy(syncs::await).isInstanceOf(NoSuchFileException.class);
        }
        try (PendingSyncs syncs = new PendingSyncs()) {
            syncs.add(directory.resolve("missing"));
        }
    }

    @Test
    void an_interrupted_thread_does_not_take_them_for_durable() {
        try (PendingSyncs syncs = new PendingSyncs()) {
            syncs.add(directory);
            Thread.currentThread().interrupt();
            assertThatThrownBy(syncs::await).isInstanceOfSatisfying(SmolVmException.class, e -> assertThat(e.kind())
                    .isEqualTo(ErrorKind.INTERRUPTED));
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void a_replacement_is_seen_once_it_is_published_and_leaves_nothing_behind() throws IOException {
        Store store = Store.open(directory.resolve("store"), Duration.ofSeconds(1));
        Path target = store.layout().root().resolve("note");
        store.replaceFile(target, "old");
        try (PendingSyncs syncs = new PendingSyncs();
                Replacement next = store.prepareFile(target, "new", syncs)) {
            assertThat(target).hasContent("old");
            syncs.await();
            next.publish();
            assertThat(target).hasContent("new");
        }
        try (PendingSyncs syncs = new PendingSyncs();
                Replacement next = store.prepareFile(target, "given up", syncs)) {
            syncs.await();
        }
        assertThat(target).hasContent("new");
        assertThat(store.layout().tmp()).isEmptyDirectory();
    }
}
