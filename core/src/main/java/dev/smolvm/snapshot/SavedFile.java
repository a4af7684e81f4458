package dev.smolvm.snapshot;

import dev.smolvm.error.Advice;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.os.SparseFile;
import dev.smolvm.store.Checksum;
import dev.smolvm.store.SnapshotId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * A file in a snapshot's own directory.
 *
 * @param size in bytes
 * @param allocated what it takes on disk, in bytes: its holes take nothing
 */
public record SavedFile(String name, long size, long allocated, Checksum checksum) {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z.]*");

    public static SavedFile of(Path file) throws IOException {
        return new SavedFile(
                file.getFileName().toString(), Files.size(file), SparseFile.allocated(file), Checksum.of(file));
    }

    /** Whether a file has the content it had when it was saved. */
    public boolean matches(Path file) throws IOException {
        return Files.size(file) == size && Checksum.of(file).equals(checksum);
    }

    public Json toJson() {
        return Json.object()
                .put("file", name)
                .put("size", size)
                .put("allocated", allocated)
                .put("checksum", checksum.value())
                .build();
    }

    public static SavedFile fromJson(JsonFields json) {
        return new SavedFile(
                fileName(json),
                json.integer("size", 0, Long.MAX_VALUE),
                json.integer("allocated", 0, Long.MAX_VALUE),
                new Checksum(json.string("checksum")));
    }

    /** A plain name: a manifest can only name files in its own snapshot's directory. */
    private static String fileName(JsonFields json) {
        String name = json.string("file");
        if (!NAME.matcher(name).matches()) {
            throw new JsonFormatException(json.where() + ".file is not a file name");
        }
        return name;
    }

    /** @throws SmolVmException integrity: it is missing, not a plain file or of another size */
    public static void checkSize(SnapshotId id, String what, Path file, long size) {
        String wrong;
        try {
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                wrong = "is missing";
            } else if (Files.size(file) != size) {
                wrong = "has " + Files.size(file) + " bytes instead of " + size;
            } else {
                return;
            }
        } catch (IOException e) {
            wrong = "cannot be read: " + e.getMessage();
        }
        throw new SmolVmException(
                ErrorKind.INTEGRITY,
                "snapshot " + id + " is damaged: its " + what + " " + file + " " + wrong,
                Advice.WHICH_SNAPSHOTS_ARE_INTACT);
    }
}
