package dev.smolvm.sandbox;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.store.BlobId;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.Store;
import dev.smolvm.store.StoreLocks;
import dev.smolvm.testing.Samples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SandboxRecordsTest {
    private static final SandboxName BOX = new SandboxName("box");

    @TempDir
    Path directory;

    private Store store;
    private SandboxRecords records;

    @BeforeEach
    void open() throws IOException {
        store = Store.open(directory.resolve("store"), Duration.ofMillis(50));
        records = new SandboxRecords(store);
        Files.createDirectory(store.layout().sandbox(BOX));
        records.save(Samples.record(BlobId.random()));
    }

    @Test
    void is_found_by_name_id_and_prefix() {
        for (String reference : List.of("box", "0123456789ab", "0123", "0")) {
            assertThat(records.resolve(reference)).isEqualTo(BOX);
        }
        assertThat(kindOf(() -> records.resolve("other"))).isEqualTo(ErrorKind.NOT_FOUND);
        assertThat(kindOf(() -> records.resolve("-x"))).isEqualTo(ErrorKind.USAGE);
    }

    @Test
    void a_prefix_of_two_ids_is_ambiguous() throws IOException {
        copyRecordTo("second");
        assertThat(kindOf(() -> records.resolve("0123"))).isEqualTo(ErrorKind.CONFLICT);
        assertThat(records.resolve("second")).hasToString("second");
    }

    @Test
    void a_damaged_record_is_named_and_hides_no_other() throws IOException {
        Files.createDirectory(store.layout().sandboxes().resolve("broken"));
        Files.writeString(store.layout().sandboxes().resolve("broken/sandbox.json"), "{}");
        assertThatThrownBy(() -> records.load(new SandboxName("broken")))
                .hasMessageContaining("the record of sandbox broken is damaged");
        assertThat(kindOf(() -> records.load(new SandboxName("broken")))).isEqualTo(ErrorKind.INTEGRITY);
        assertThat(records.resolve("0123")).isEqualTo(BOX);
        assertThat(records.names()).extracting(SandboxName::value).containsExactly("box", "broken");
    }

    @Test
    void what_somebody_else_put_there_is_left_alone() throws IOException {
        Path lost = Files.createDirectory(store.layout().sandboxes().resolve("lost+found"));
        Path notes = Files.createDirectory(store.layout().sandboxes().resolve("Notes"));
        Files.writeString(notes.resolve("sandbox.json"), "{}");
        records.sweep();
        assertThat(records.names()).containsExactly(BOX);
        assertThat(lost).exists();
        assertThat(notes.resolve("sandbox.json")).exists();
    }

    @Test
    void a_creation_that_died_is_swept_and_one_that_goes_on_is_not() throws Exception {
        Path dead = Files.createDirectories(store.layout().sandboxes().resolve("dead/vm/run-1"));
        Path living = Files.createDirectories(store.layout().sandboxes().resolve("living/vm"));
        Process leftVmm =
                new ProcessBuilder("sleep", "60").directory(dead.toFile()).start();
        try (StoreLocks.Held held = store.locks().sandbox(new SandboxName("living"))) {
            records.sweep();
            assertThat(store.layout().sandboxes().resolve("dead")).doesNotExist();
            assertThat(living).exists();
            assertThat(ProcessIdentity.of(leftVmm.pid())).isEmpty();
        } finally {
            leftVmm.destroyForcibly();
        }
        assertThat(records.names()).containsExactly(BOX);
    }

    @Test
    void a_sandbox_with_a_record_is_never_discarded_as_unfinished() throws IOException {
        records.discardUnfinished(BOX);
        records.sweep();
        assertThat(records.exists(BOX)).isTrue();
    }

    private void copyRecordTo(String name) throws IOException {
        Files.createDirectory(store.layout().sandboxes().resolve(name));
        String json = Files.readString(store.layout().sandboxFile(BOX)).replace("\"box\"", "\"" + name + "\"");
        Files.writeString(store.layout().sandboxFile(new SandboxName(name)), json);
    }
}
