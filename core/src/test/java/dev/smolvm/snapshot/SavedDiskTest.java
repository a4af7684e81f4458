package dev.smolvm.snapshot;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.sandbox.DiskRecord;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.testing.JsonChanges;
import dev.smolvm.testing.Samples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SavedDiskTest {
    private static final SnapshotId ID = new SnapshotId("s1");
    private static final List<Blob> LAYERS = List.of(Samples.blob(BlobKind.LAYER));

    @TempDir
    Path directory;

    static List<SavedDisk> disks() {
        return List.of(
                new SavedDisk("root", 1 << 20, LAYERS, DiskOrigin.OWN),
                new SavedDisk("mount0", 1 << 20, LAYERS, new DiskOrigin.Mount("/work", Path.of("/home/u/src"))),
                new SavedDisk("drive0", 1 << 20, LAYERS, new DiskOrigin.Drive(Path.of("/home/u/disk.img"))),
                new SavedDisk("drive1", 1 << 20, List.of(Samples.blob(BlobKind.DISK)), DiskOrigin.OWN),
                new SavedDisk(
                        "drive2",
                        1 << 20,
                        List.of(),
                        new DiskOrigin.Outside(
                                Path.of("/home/u/ro.img"),
                                true,
                                1 << 19,
                                Instant.parse("2026-01-02T03:04:05.123456789Z"))));
    }

    @ParameterizedTest
    @MethodSource("disks")
    void what_was_written_is_read(SavedDisk disk) {
        assertThat(read(disk.toJson())).isEqualTo(disk);
    }

    @ParameterizedTest
    @MethodSource("disks")
    void a_field_that_is_missing_or_of_another_type_is_noticed(SavedDisk disk) {
        int damaged = 0;
        for (Json changed : JsonChanges.of(disk.toJson()).toList()) {
            try {
                read(changed);
            } catch (JsonFormatException e) {
                damaged++;
            } catch (RuntimeException e) {
                // A name that no user could have given; the manifest's reader knows that too.
                assertThat(kindOf(() -> {
                            throw e;
                        }))
                        .isEqualTo(ErrorKind.USAGE);
                damaged++;
            }
        }
        assertThat(damaged).isGreaterThan(25);
    }

    @Test
    void manifests_from_before_there_were_origins_are_read() {
        Json.Obj json = (Json.Obj) new SavedDisk("root", 1 << 20, LAYERS, DiskOrigin.OWN).toJson();
        var fields = new java.util.LinkedHashMap<>(json.fields());
        fields.remove("origin");
        assertThat(read(new Json.Obj(fields)).origin()).isEqualTo(DiskOrigin.OWN);
    }

    @Test
    void a_disk_is_in_the_store_or_outside_and_never_both_or_neither() {
        Json.Obj outside = (Json.Obj) disks().getLast().toJson();
        Json.Obj inside = (Json.Obj) disks().getFirst().toJson();
        assertThatThrownBy(() ->
                        read(JsonChanges.with(outside, "layers", inside.fields().get("layers"))))
                .isInstanceOf(JsonFormatException.class);
        assertThatThrownBy(() -> read(JsonChanges.with(outside, "origin", Json.NULL)))
                .isInstanceOf(JsonFormatException.class);
    }

    @Test
    void a_read_only_drive_has_to_be_there_as_it_was() throws IOException {
        Path file = Files.writeString(directory.resolve("ro.img"), "content");
        DiskOrigin origin = DiskOrigin.of(new DiskRecord.UserDrive("drive0", file, false, true));
        SavedDisk disk = new SavedDisk("drive0", 512, List.of(), origin);
        DiskRestorer.check(ID, disk);

        FileTime time = Files.getLastModifiedTime(file);
        Files.writeString(file, "c0ntent");
        Files.setLastModifiedTime(file, FileTime.fromMillis(time.toMillis() + 1));
        assertThat(kindOf(() -> DiskRestorer.check(ID, disk))).isEqualTo(ErrorKind.INCOMPATIBLE);
        Files.writeString(file, "content and more");
        Files.setLastModifiedTime(file, time);
        assertThat(kindOf(() -> DiskRestorer.check(ID, disk))).isEqualTo(ErrorKind.INCOMPATIBLE);
        Files.delete(file);
        assertThat(kindOf(() -> DiskRestorer.check(ID, disk))).isEqualTo(ErrorKind.NOT_FOUND);
        Files.createSymbolicLink(file, Files.writeString(directory.resolve("other"), "content"));
        assertThat(kindOf(() -> DiskRestorer.check(ID, disk))).isEqualTo(ErrorKind.NOT_FOUND);
    }

    private static SavedDisk read(Json json) {
        return SavedDisk.fromJson(JsonFields.of(json, "disk"));
    }
}
