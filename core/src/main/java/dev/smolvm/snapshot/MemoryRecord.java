package dev.smolvm.snapshot;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.vmm.MemoryForm;
import java.util.Optional;

/**
 * The saved memory of a snapshot, as its manifest describes it.
 *
 * @param bytes size of the guest's memory
 */
public sealed interface MemoryRecord {
    /** More than any machine has. */
    long MAX_BYTES = 1L << 42;

    SavedFile file();

    long bytes();

    /**
     * @param offset where page 0 lies in the file
     * @param form how the VMM gave it away
     */
    record Complete(SavedFile file, long bytes, long offset, MemoryForm form) implements MemoryRecord {
        public Complete(SavedFile file, long bytes, long offset) {
            this(file, bytes, offset, MemoryForm.MAPPED);
        }
    }

    /**
     * @param parent the snapshot whose memory the file's pages replace; empty: they replace zeros
     * @param index the checksum of what says where the pages belong; empty in older manifests
     */
    record Changes(SavedFile file, long bytes, Optional<SnapshotId> parent, Optional<IndexChecksum> index)
            implements MemoryRecord {}

    default Json toJson() {
        Json.Builder json = Json.object().put("file", file().toJson()).put("bytes", bytes());
        switch (this) {
            case Complete complete ->
                json.put("type", "complete")
                        .put("offset", complete.offset())
                        .put("form", JsonFields.name(complete.form()));
            case Changes changes -> {
                json.put("type", "changes")
                        .put("parent", changes.parent().map(SnapshotId::value).orElse(null));
                changes.index().ifPresent(i -> json.put("index", i.value()));
            }
        }
        return json.build();
    }

    static MemoryRecord fromJson(JsonFields json) {
        SavedFile file = SavedFile.fromJson(json.object("file"));
        long bytes = json.integer("bytes", DiffMemory.PAGE, MAX_BYTES);
        if (bytes % DiffMemory.PAGE != 0) {
            throw new JsonFormatException(json.where() + ".bytes is not whole pages");
        }
        return switch (json.string("type")) {
            case "complete" ->
                new Complete(
                        file,
                        bytes,
                        json.integer("offset", 0, file.size() - bytes),
                        json.has("form") ? json.oneOf("form", MemoryForm.class) : MemoryForm.MAPPED);
            case "changes" ->
                new Changes(
                        file,
                        bytes,
                        json.optionalString("parent").map(SnapshotId::new),
                        json.has("index") ? Optional.of(new IndexChecksum(json.string("index"))) : Optional.empty());
            default -> throw new JsonFormatException(json.where() + ".type is unknown");
        };
    }
}
