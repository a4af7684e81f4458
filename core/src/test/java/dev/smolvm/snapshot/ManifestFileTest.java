package dev.smolvm.snapshot;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonParser;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.testing.JsonChanges;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@Fault(Case.F15)
class ManifestFileTest {
    private static final SnapshotId ID = new SnapshotId("s1");

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void name() {
        file = directory.resolve("manifest.json");
    }

    @ParameterizedTest
    @EnumSource(SnapshotType.class)
    void what_was_written_is_read(SnapshotType type) throws IOException {
        SnapshotManifest manifest = SampleManifests.of(ID, type);
        Files.writeString(file, ManifestFile.write(manifest));
        assertThat(ManifestFile.read(ID, file)).isEqualTo(manifest);
    }

    @Test
    void another_format_is_incompatible_whatever_else_is_in_it() throws IOException {
        for (String content : List.of("{\"format\":2}", "{\"format\":0,\"x\":1}", "{\"format\":9223372036854775807}")) {
            Files.writeString(file, content);
            assertThatThrownBy(() -> ManifestFile.read(ID, file))
                    .isInstanceOfSatisfying(SmolVmException.class, e -> {
                        assertThat(e.kind()).isEqualTo(ErrorKind.INCOMPATIBLE);
                        assertThat(e.advice()).isNotEmpty();
                    })
                    .hasMessageContaining("snapshot s1")
                    .hasMessageContaining("format 1");
        }
    }

    @Fault(Case.F08)
    @Test
    void any_changed_character_is_noticed() throws IOException {
        String good = ManifestFile.write(SampleManifests.of(ID, SnapshotType.FULL));
        JsonFields parsed = JsonFields.of(JsonParser.parse(good), "");
        for (int i = 0; i < good.length(); i += 3) {
            char changed = (char) (good.charAt(i) ^ 1);
            String text = good.substring(0, i) + changed + good.substring(i + 1);
            Files.writeString(file, text);
            ErrorKind kind;
            try {
                ManifestFile.read(ID, file);
                // Only white space may differ.
                assertThat(JsonParser.parse(text)).isEqualTo(parsed.object());
                continue;
            } catch (SmolVmException e) {
                kind = e.kind();
            }
            assertThat(kind).as("at " + i).isIn(ErrorKind.INTEGRITY, ErrorKind.INCOMPATIBLE);
        }
    }

    @Fault(Case.F09)
    @Test
    void a_file_cut_off_anywhere_or_empty_is_damaged() throws IOException {
        String good =
                ManifestFile.write(SampleManifests.of(ID, SnapshotType.FULL)).strip();
        for (int length = 0; length < good.length(); length += 7) {
            Files.writeString(file, good.substring(0, length));
            assertThat(kindOf(() -> ManifestFile.read(ID, file))).isEqualTo(ErrorKind.INTEGRITY);
        }
    }

    @Test
    void a_manifest_of_a_gigabyte_is_refused_in_bounded_memory() throws IOException {
        Files.writeString(file, ManifestFile.write(SampleManifests.of(ID, SnapshotType.FULL)));
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.setLength(1L << 30);
        }
        assertThatThrownBy(() -> ManifestFile.read(ID, file))
                .isInstanceOfSatisfying(
                        SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INTEGRITY))
                .hasMessageContaining(file.toString());
        byte[] spaces = " ".repeat(1 << 20).getBytes(StandardCharsets.UTF_8);
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            for (int i = 0; i < 8; i++) {
                raw.write(spaces);
            }
        }
        assertThat(kindOf(() -> ManifestFile.read(ID, file))).isEqualTo(ErrorKind.INTEGRITY);
    }

    @Test
    void a_key_twice_is_damage() throws IOException {
        String good = ManifestFile.write(SampleManifests.of(ID, SnapshotType.DISK));
        Files.writeString(file, good.replaceFirst("\\{", "{\"format\":1,"));
        assertThat(kindOf(() -> ManifestFile.read(ID, file))).isEqualTo(ErrorKind.INTEGRITY);
    }

    @Test
    void another_snapshots_manifest_is_damage() throws IOException {
        Files.writeString(file, ManifestFile.write(SampleManifests.of(new SnapshotId("s2"), SnapshotType.DISK)));
        assertThatThrownBy(() -> ManifestFile.read(ID, file)).hasMessageContaining("belongs to snapshot s2");
    }

    /** Every field left out, and every field of every other type, with a checksum that fits. */
    @ParameterizedTest
    @EnumSource(SnapshotType.class)
    void a_field_that_is_missing_or_of_another_type_is_damage_and_nothing_worse(SnapshotType type) throws IOException {
        Json body = SampleManifests.of(ID, type).toJson();
        int damaged = 0;
        for (Json changed : JsonChanges.of(body).toList()) {
            Files.writeString(file, SampleManifests.signed(changed));
            try {
                ManifestFile.read(ID, file);
            } catch (SmolVmException e) {
                assertThat(e.kind()).as(changed.compact()).isEqualTo(ErrorKind.INTEGRITY);
                damaged++;
            }
        }
        assertThat(damaged).isGreaterThan(200);
    }

    @ParameterizedTest
    @CsvSource({"full,disk", "disk,full", "diff,disk"})
    void a_snapshot_that_does_not_hold_what_its_type_says_is_damage(String type, String claimed) throws IOException {
        Json.Obj body = (Json.Obj) SampleManifests.of(ID, SnapshotType.valueOf(type.toUpperCase(java.util.Locale.ROOT)))
                .toJson();
        Files.writeString(file, SampleManifests.signed(JsonChanges.with(body, "type", Json.of(claimed))));
        assertThat(kindOf(() -> ManifestFile.read(ID, file))).isEqualTo(ErrorKind.INTEGRITY);
    }
}
