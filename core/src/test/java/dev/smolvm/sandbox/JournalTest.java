package dev.smolvm.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.Store;
import dev.smolvm.testing.JsonChanges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
    private static final SandboxName BOX = new SandboxName("box");
    private static final List<Unfinished> ALL = List.of(
            new Unfinished.Start(1),
            new Unfinished.Save(2, new SnapshotId("s1"), true, false),
            new Unfinished.Restore(3, new SnapshotId("s2"), true, false));

    @TempDir
    Path directory;

    private Store store;
    private Journal journal;

    @BeforeEach
    void open() throws IOException {
        store = Store.open(directory.resolve("store"), Duration.ofMillis(50));
        Files.createDirectory(store.layout().sandbox(BOX));
        journal = new Journal(store.layout(), BOX);
    }

    @Test
    void what_was_begun_is_read_until_it_ends() {
        assertThat(journal.isOpen()).isFalse();
        assertThat(journal.read()).isEmpty();
        for (Unfinished entry : ALL) {
            journal.begin(entry);
            assertThat(journal.isOpen()).isTrue();
            assertThat(journal.read()).contains(entry);
        }
        journal.end();
        journal.end();
        assertThat(journal.isOpen()).isFalse();
        assertThat(journal.read()).isEmpty();
    }

    @Test
    void an_entry_whose_writer_died_says_nothing_and_stays_open() throws IOException {
        String whole = ALL.get(1).toJson().compact();
        for (int length = 0; length < whole.length(); length++) {
            Files.writeString(store.layout().unfinished(BOX), whole.substring(0, length));
            assertThat(journal.isOpen()).isTrue();
            assertThat(journal.read()).isEmpty();
        }
    }

    @Test
    void damage_is_a_format_error_and_nothing_worse() {
        for (Unfinished entry : ALL) {
            for (Json changed : JsonChanges.of(entry.toJson()).toList()) {
                try {
                    assertThat(Unfinished.fromJson(changed)).isNotNull();
                } catch (JsonFormatException | SmolVmException e) {
                    assertThat(e.getMessage()).isNotEmpty();
                }
            }
        }
    }
}
