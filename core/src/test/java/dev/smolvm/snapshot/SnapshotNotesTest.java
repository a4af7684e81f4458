package dev.smolvm.snapshot;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.json.JsonParser;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.Store;
import dev.smolvm.testing.SampleStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotNotesTest {
    private static final SnapshotId ID = new SnapshotId("s1");
    private static final SnapshotNotes NOTES = SnapshotNotes.NONE
            .describedAs("before the upgrade – 50 % \"sure\"")
            .with(new Label("app", "web"))
            .with(new Label("team/x.y_z-1", "ünï😀"))
            .expiring(Optional.of(Instant.parse("2026-01-02T03:04:05.678Z")));

    @TempDir
    Path directory;

    @Test
    void what_is_written_is_read_back() {
        assertThat(read(NOTES.toJson().pretty())).isEqualTo(NOTES);
        assertThat(read(SnapshotNotes.NONE.toJson().pretty())).isEqualTo(SnapshotNotes.NONE);
    }

    @Test
    void labels_are_set_replaced_and_removed() {
        SnapshotNotes notes =
                NOTES.with(new Label("app", "db")).without("team/x.y_z-1").without("never");
        assertThat(notes.labels()).isEqualTo(Map.of("app", "db"));
        assertThat(notes.describedAs("").without("app").expiring(Optional.empty()))
                .isEqualTo(SnapshotNotes.NONE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "A", "1a", "-a", "a b", "a=b", "ä", "a\n", "a:", "."})
    void a_wrong_key_is_refused(String key) {
        assertThat(kindOf(() -> new Label(key, "x"))).isEqualTo(ErrorKind.USAGE);
        assertThat(kindOf(() -> LabelMatch.parse(key.replace("=", "") + "?"))).isEqualTo(ErrorKind.USAGE);
    }

    @Test
    void smolvms_own_labels_are_not_a_users_to_set_change_or_remove() throws IOException {
        SampleStore store = new SampleStore(directory.resolve("store"));
        store.snapshot("s1", SnapshotType.DISK, null, store.layer());
        Snapshots snapshots =
                SmolVm.open(directory.resolve("store"), Duration.ofMillis(50)).snapshots();
        Label mark = new Label("smolvm.checkpoint", "auto");
        assertThatThrownBy(() -> snapshots.annotate(ID, n -> n.with(mark)))
                .hasMessage("label smolvm.checkpoint: keys that begin with 'smolvm.' belong to smolvm");
        SnapshotRequest request = SnapshotRequest.full(new SandboxName("web"));
        assertThat(kindOf(() -> snapshots.create(request.with(SnapshotNotes.NONE.with(mark)), Progress.NONE)))
                .isEqualTo(ErrorKind.USAGE);

        NotesFile.write(store.layout().snapshot(ID), SnapshotNotes.NONE.with(mark));
        assertThat(kindOf(() -> snapshots.annotate(ID, n -> n.without(mark.key()))))
                .isEqualTo(ErrorKind.USAGE);
        assertThat(kindOf(() -> snapshots.annotate(ID, n -> n.with(new Label(mark.key(), "me")))))
                .isEqualTo(ErrorKind.USAGE);
        assertThat(snapshots.annotate(ID, n -> n.with(new Label("app", "web"))).labels())
                .containsOnlyKeys("app", "smolvm.checkpoint");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\nb", "\u001b[2J", "\u0000", "\u0085", "\u2028", "\u202e", "\u2066", "\ud83d"})
    void text_that_a_terminal_would_act_on_is_refused(String text) {
        assertThat(kindOf(() -> new Label("app", text))).isEqualTo(ErrorKind.USAGE);
        assertThat(kindOf(() -> SnapshotNotes.NONE.describedAs(text))).isEqualTo(ErrorKind.USAGE);
        assertThatThrownBy(() -> new Label(text, "x")).hasMessageNotContaining(text);
    }

    @Test
    void everything_has_a_limit() {
        assertThat(new Label("k".repeat(63), "v".repeat(256)).value()).hasSize(256);
        assertThat(kindOf(() -> new Label("k".repeat(64), "v"))).isEqualTo(ErrorKind.USAGE);
        assertThat(kindOf(() -> new Label("k", "v".repeat(257)))).isEqualTo(ErrorKind.USAGE);
        assertThat(kindOf(() -> new Label("k", ""))).isEqualTo(ErrorKind.USAGE);
        assertThat(kindOf(() -> SnapshotNotes.NONE.describedAs("d".repeat(1001))))
                .isEqualTo(ErrorKind.USAGE);
        SnapshotNotes full = SnapshotNotes.NONE;
        for (int i = 0; i < 64; i++) {
            full = full.with(new Label("k" + i, "v"));
        }
        SnapshotNotes most = full;
        assertThat(most.with(new Label("k0", "again")).labels()).hasSize(64);
        assertThat(kindOf(() -> most.with(new Label("one-more", "v")))).isEqualTo(ErrorKind.USAGE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"format\":2,\"description\":null,\"labels\":{},\"expires_at\":null}",
                "{\"format\":\"1\",\"description\":null,\"labels\":{},\"expires_at\":null}",
                "{\"format\":1,\"description\":null,\"expires_at\":null}",
                "{\"format\":1,\"description\":7,\"labels\":{},\"expires_at\":null}",
                "{\"format\":1,\"description\":null,\"labels\":[],\"expires_at\":null}",
                "{\"format\":1,\"description\":null,\"labels\":{\"a\":1},\"expires_at\":null}",
                "{\"format\":1,\"description\":null,\"labels\":{\"a\":\"\"},\"expires_at\":null}",
                "{\"format\":1,\"description\":null,\"labels\":{\"A\":\"x\"},\"expires_at\":null}",
                "{\"format\":1,\"description\":null,\"labels\":{\"a\":\"x\",\"a\":\"y\"},\"expires_at\":null}",
                "{\"format\":1,\"description\":\"\\u001b\",\"labels\":{},\"expires_at\":null}",
                "{\"format\":1,\"description\":null,\"labels\":{},\"expires_at\":\"soon\"}",
                "{\"format\":1,\"description\":null,\"labels\":{},\"expires_at\":null} " + "{}",
            })
    void a_file_that_no_user_could_have_written_is_refused(String text) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(JsonFormatException.class);
    }

    @Test
    void damage_hides_nothing_and_hangs_nothing() throws Exception {
        Store store = Store.open(directory.resolve("store"), Duration.ofMillis(50));
        SnapshotRecords records = new SnapshotRecords(store);
        SnapshotManifest manifest = SampleManifests.of(ID, SnapshotType.DISK);
        Files.createDirectory(store.layout().snapshot(ID));
        Files.writeString(store.layout().snapshotManifest(ID), ManifestFile.write(manifest));
        Path file = store.layout().snapshotNotes(ID);
        assertThat(describe(store, records, manifest).written()).isEqualTo(SnapshotNotes.NONE);
        assertThat(describe(store, records, manifest).notesDamage()).isEmpty();

        records.notes(ID).replace(NOTES);
        assertThat(describe(store, records, manifest).written()).isEqualTo(NOTES);

        Files.writeString(file, "{\"format\":1");
        damaged(store, records, manifest);
        Files.delete(file);
        Files.createSymbolicLink(file, Path.of("/dev/zero"));
        damaged(store, records, manifest);
        Files.delete(file);
        new ProcessBuilder("mkfifo", file.toString()).start().waitFor();
        damaged(store, records, manifest);
    }

    private static void damaged(Store store, SnapshotRecords records, SnapshotManifest manifest) {
        assertThat(kindOf(() -> records.notes(ID).read())).isEqualTo(ErrorKind.INTEGRITY);
        SnapshotInfo info = describe(store, records, manifest);
        assertThat(info.written()).isEqualTo(SnapshotNotes.NONE);
        assertThat(info.notesDamage().orElseThrow()).contains("notes of snapshot s1 are damaged");
    }

    @Test
    void notes_that_a_vmm_put_beside_its_capture_are_not_published() throws IOException {
        Path planted = Files.writeString(
                directory.resolve("notes.json"),
                NOTES.expiring(Optional.of(Instant.EPOCH)).toJson().pretty());
        NotesFile.write(directory, SnapshotNotes.NONE);
        assertThat(planted).doesNotExist();
        Files.writeString(planted, "planted");
        NotesFile.write(directory, NOTES);
        assertThat(read(Files.readString(planted))).isEqualTo(NOTES);
    }

    @Test
    void a_match_is_of_a_key_or_of_its_value_too() {
        Map<String, String> labels = Map.of("app", "web");
        assertThat(List.of("app", "app=web")).allMatch(m -> LabelMatch.parse(m).matches(labels));
        assertThat(List.of("ap", "app=we", "other"))
                .noneMatch(m -> LabelMatch.parse(m).matches(labels));
        assertThatThrownBy(() -> LabelMatch.parse("app=")).isInstanceOf(SmolVmException.class);
    }

    private static SnapshotInfo describe(Store store, SnapshotRecords records, SnapshotManifest manifest) {
        return new SnapshotDescription(store.layout(), records).of(manifest);
    }

    private static SnapshotNotes read(String text) {
        return SnapshotNotes.fromJson(JsonFields.of(JsonParser.parse(text), "notes"));
    }
}
