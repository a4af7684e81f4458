package dev.smolvm.snapshot;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.sandbox.DiskRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/** Where a saved disk comes from, and what a restore has to make of it beside its content. */
public sealed interface DiskOrigin {
    /** The sandbox's own: its root disk, its firmware's variables, or a drive that a restore made the sandbox's own. */
    record Own() implements DiskOrigin {}

    /**
     * A mounted host directory's copy.
     *
     * @param at where the guest sees its file system
     * @param directory what it was made from
     */
    record Mount(String at, Path directory) implements DiskOrigin {}

    /** A copy of a user's file as it was at that moment; a restore makes it the sandbox's own and leaves the file alone. */
    record Drive(Path file) implements DiskOrigin {}

    /**
     * A user's file that the guest could only read. It is not in the snapshot: it has to be where it was, and as it was.
     *
     * @param size in bytes
     * @param modified when it was last written
     */
    record Outside(Path file, boolean qcow2, long size, Instant modified) implements DiskOrigin {
        /** @throws SmolVmException not found: the file is gone */
        static Outside of(DiskRecord.UserDrive drive) {
            return read(drive.file(), drive.qcow2())
                    .orElseThrow(() -> new SmolVmException(
                            ErrorKind.NOT_FOUND,
                            "the drive " + drive.file() + " is not there any more",
                            "put the file back"));
        }

        /** The same file as it is now; empty: it is gone. */
        Optional<Outside> now() {
            return read(file, qcow2);
        }

        private static Optional<Outside> read(Path file, boolean qcow2) {
            try {
                BasicFileAttributes is =
                        Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                return Optional.of(new Outside(
                                file, qcow2, is.size(), is.lastModifiedTime().toInstant()))
                        .filter(_ -> is.isRegularFile());
            } catch (NoSuchFileException e) {
                return Optional.empty();
            } catch (IOException e) {
                throw SmolVmException.of("look at the drive " + file, e);
            }
        }
    }

    DiskOrigin OWN = new Own();

    /** Of a disk that the store holds. */
    static DiskOrigin of(DiskRecord disk) {
        return switch (disk) {
            case DiskRecord.Chain chain -> mount(chain.mountedAt(), chain.hostDirectory());
            case DiskRecord.Whole whole -> mount(whole.mountedAt(), whole.hostDirectory());
            case DiskRecord.UserDrive drive -> drive.readOnly() ? Outside.of(drive) : new Drive(drive.file());
        };
    }

    private static DiskOrigin mount(Optional<String> at, Optional<Path> directory) {
        return at.<DiskOrigin>map(a -> new Mount(a, directory.orElseThrow())).orElse(OWN);
    }

    /** Where the guest sees the disk's file system, if that is ours to mount. */
    default Optional<String> mountedAt() {
        return this instanceof Mount mount ? Optional.of(mount.at()) : Optional.empty();
    }

    /** The host directory that the disk was made from. */
    default Optional<Path> hostDirectory() {
        return this instanceof Mount mount ? Optional.of(mount.directory()) : Optional.empty();
    }

    /** Null for a disk of the sandbox's own. */
    default Json toJson() {
        return switch (this) {
            case Own _ -> Json.NULL;
            case Mount mount ->
                Json.object()
                        .put("type", "mount")
                        .put("mounted_at", mount.at())
                        .put("host_directory", mount.directory().toString())
                        .build();
            case Drive drive ->
                Json.object()
                        .put("type", "drive")
                        .put("file", drive.file().toString())
                        .build();
            case Outside outside ->
                Json.object()
                        .put("type", "outside")
                        .put("file", outside.file().toString())
                        .put("qcow2", outside.qcow2())
                        .put("size", outside.size())
                        .put("modified", outside.modified().toString())
                        .build();
        };
    }

    static DiskOrigin fromJson(JsonFields json) {
        return switch (json.string("type")) {
            case "mount" -> new Mount(absolute(json, "mounted_at").toString(), absolute(json, "host_directory"));
            case "drive" -> new Drive(absolute(json, "file"));
            case "outside" ->
                new Outside(
                        absolute(json, "file"),
                        json.bool("qcow2"),
                        json.integer("size", 0, Long.MAX_VALUE),
                        instant(json, "modified"));
            default -> throw new JsonFormatException(json.where() + ".type is unknown");
        };
    }

    private static Path absolute(JsonFields json, String key) {
        Path path = json.file(key);
        if (!path.isAbsolute()) {
            throw new JsonFormatException(json.where() + "." + key + " is not an absolute path");
        }
        return path;
    }

    private static Instant instant(JsonFields json, String key) {
        try {
            return Instant.parse(json.string(key));
        } catch (DateTimeParseException e) {
            throw new JsonFormatException(json.where() + "." + key + " is not a time");
        }
    }
}
