package dev.smolvm.snapshot;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.json.JsonParser;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** What a user has written to a snapshot, in a file beside the immutable ones, which its checksums do not cover. */
public final class NotesFile {
    private static final String NAME = "notes.json";

    private final Store store;
    private final SnapshotId id;

    public NotesFile(Store store, SnapshotId id) {
        this.store = store;
        this.id = id;
    }

    private Path file() {
        return store.layout().snapshotNotes(id);
    }

    /** @throws SmolVmException integrity: it is damaged; the snapshot is none the worse for it */
    public SnapshotNotes read() {
        Path file = file();
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return SnapshotNotes.NONE;
        }
        try {
            // It came into being where a VMM could write: a named pipe would be read for ever.
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                throw new JsonFormatException("not a file");
            }
            return SnapshotNotes.fromJson(JsonFields.of(JsonParser.read(file), "notes"));
        } catch (IOException | JsonFormatException e) {
            throw new SmolVmException(
                    ErrorKind.INTEGRITY,
                    "the notes of snapshot " + id + " are damaged: " + file + ": " + e.getMessage(),
                    "remove that file; the snapshot itself is not affected",
                    e);
        }
    }

    /** The caller holds the snapshot's lock. */
    void replace(SnapshotNotes notes) {
        try {
            store.replaceFile(file(), notes.toJson().pretty());
        } catch (IOException e) {
            throw SmolVmException.of("write the notes of snapshot " + id, e);
        }
    }

    /** Into the directory that becomes the snapshot; the caller syncs and publishes it. */
    public static void write(Path capture, SnapshotNotes notes) throws IOException {
        Path file = capture.resolve(NAME);
        // A VMM must not write the notes: one that expires a snapshot would have it removed.
        DurableFiles.deleteTree(file);
        if (!notes.isEmpty()) {
            DurableFiles.write(file, notes.toJson().pretty());
        }
    }
}
