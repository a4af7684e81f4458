package dev.smolvm.snapshot;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.store.SnapshotId;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SavedFileTest {
    private static final SnapshotId ID = new SnapshotId("s1");

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "..",
                ".",
                "../memory",
                "/etc/passwd",
                "a/b",
                "a\\b",
                ".hidden",
                "Memory",
                "a\u0000",
                "a\n",
                "m emory"
            })
    void a_name_that_could_lead_out_of_the_snapshot_is_refused(String name) {
        assertThatThrownBy(() -> SavedFile.fromJson(JsonFields.of(
                        SampleManifests.file("memory", 5).toJson() instanceof Json.Obj o ? named(o, name) : null,
                        "memory")))
                .isInstanceOf(JsonFormatException.class);
    }

    @Fault({Case.F08, Case.F09})
    @Test
    void size_and_content_are_checked() throws IOException {
        Path file = Files.writeString(directory.resolve("memory"), "content");
        SavedFile saved = SavedFile.of(file);
        assertThat(saved.size()).isEqualTo(7);
        assertThat(saved.matches(file)).isTrue();
        SavedFile.checkSize(ID, "memory", file, 7);
        Files.writeString(file, "c0ntent");
        assertThat(saved.matches(file)).isFalse();
        Files.writeString(file, "content.");
        assertThat(saved.matches(file)).isFalse();
        assertThatThrownBy(() -> SavedFile.checkSize(ID, "memory", file, 7))
                .hasMessageContaining("snapshot s1 is damaged: its memory " + file + " has 8 bytes instead of 7");
    }

    @Fault({Case.F09, Case.F24})
    @Test
    void a_missing_file_a_directory_and_a_link_are_damage() throws IOException {
        Path file = Files.writeString(directory.resolve("memory"), "content");
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);
        for (Path wrong : new Path[] {link, directory, directory.resolve("missing")}) {
            assertThat(kindOf(() -> SavedFile.checkSize(ID, "memory", wrong, 7)))
                    .isEqualTo(ErrorKind.INTEGRITY);
        }
    }

    @Test
    void holes_are_not_counted_as_taken() throws IOException {
        Path file = directory.resolve("memory");
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.setLength(1L << 30);
            raw.write(1);
        }
        SavedFile saved = SavedFile.of(file);
        assertThat(saved.size()).isEqualTo(1L << 30);
        assertThat(saved.allocated()).isBetween(1L, 1L << 20);
    }

    @Test
    void memory_records_survive_their_json() {
        for (MemoryRecord record : new MemoryRecord[] {
            SampleManifests.complete(),
            new MemoryRecord.Changes(
                    SampleManifests.file("memory.diff", 4_096), 1 << 20, Optional.of(ID), Optional.empty()),
            new MemoryRecord.Changes(
                    SampleManifests.file("memory.diff", 4_096),
                    1 << 20,
                    Optional.of(ID),
                    Optional.of(new IndexChecksum("0f".repeat(32)))),
            new MemoryRecord.Changes(
                    SampleManifests.file("memory.diff", 4_096), 1 << 20, Optional.empty(), Optional.empty())
        }) {
            assertThat(MemoryRecord.fromJson(JsonFields.of(record.toJson(), "memory")))
                    .isEqualTo(record);
        }
    }

    @Test
    void the_checksum_of_an_index_is_read_strictly() {
        Json.Obj good = (Json.Obj) new MemoryRecord.Changes(
                        SampleManifests.file("memory.diff", 4_096), 1 << 20, Optional.of(ID), Optional.empty())
                .toJson();
        for (Json wrong : new Json[] {
            Json.of(""), Json.of("0f".repeat(31)), Json.of("0F".repeat(32)), Json.of("0f".repeat(32) + "\n"), Json.of(7)
        }) {
            var fields = new java.util.LinkedHashMap<>(good.fields());
            fields.put("index", wrong);
            assertThatThrownBy(() -> MemoryRecord.fromJson(JsonFields.of(new Json.Obj(fields), "memory")))
                    .as(wrong.toString())
                    .isInstanceOf(JsonFormatException.class);
        }
    }

    @Test
    void memory_that_does_not_lie_in_its_file_is_refused() {
        SavedFile file = SampleManifests.file("memory", 1 << 20);
        for (MemoryRecord wrong : new MemoryRecord[] {
            new MemoryRecord.Complete(file, 1 << 20, 4_096),
            new MemoryRecord.Complete(file, 1 << 21, 0),
            new MemoryRecord.Complete(file, 4_096, -4_096),
            new MemoryRecord.Complete(file, 4_097, 0),
            new MemoryRecord.Complete(file, 0, 0),
            new MemoryRecord.Complete(file, -4_096, 0),
            new MemoryRecord.Changes(file, 1L << 60, Optional.empty(), Optional.empty()),
            new MemoryRecord.Changes(file, -1, Optional.empty(), Optional.empty()),
        }) {
            assertThatThrownBy(() -> MemoryRecord.fromJson(JsonFields.of(wrong.toJson(), "memory")))
                    .as(wrong.toString())
                    .isInstanceOf(JsonFormatException.class);
        }
    }

    private static Json.Obj named(Json.Obj object, String name) {
        var fields = new java.util.LinkedHashMap<>(object.fields());
        fields.put("file", Json.of(name));
        return new Json.Obj(fields);
    }
}
