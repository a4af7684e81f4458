package dev.smolvm.sandbox;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.json.JsonParser;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** Which sandbox a snapshot was last restored to: a small file beside the snapshot's immutable ones. */
public final class RestoredMark {
    private final Store store;
    private final SnapshotId id;

    public RestoredMark(Store store, SnapshotId id) {
        this.store = store;
        this.id = id;
    }

    public Optional<SandboxName> read() {
        Path file = store.layout().snapshotRestored(id);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(new SandboxName(
                    JsonFields.of(JsonParser.read(file), "restored").string("sandbox")));
        } catch (IOException | JsonFormatException | SmolVmException e) {
            throw new SmolVmException(
                    ErrorKind.INTEGRITY, file + " is damaged: " + e.getMessage(), "remove that file", e);
        }
    }

    /** Does nothing where the snapshot is gone. */
    public void write(SandboxName sandbox) {
        try {
            store.replaceFile(
                    store.layout().snapshotRestored(id),
                    Json.object().put("sandbox", sandbox.value()).build().pretty());
        } catch (NoSuchFileException e) {
            if (Files.exists(store.layout().snapshot(id))) {
                throw SmolVmException.of("mark snapshot " + id + " as restored", e);
            }
        } catch (IOException e) {
            throw SmolVmException.of("mark snapshot " + id + " as restored", e);
        }
    }
}
