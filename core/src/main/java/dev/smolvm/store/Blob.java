package dev.smolvm.store;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;

/**
 * A reference to an immutable file under {@code layers/}, as manifests hold it.
 *
 * @param size in bytes
 */
public record Blob(BlobKind kind, BlobId id, long size, Checksum checksum) {
    public Json toJson() {
        return Json.object()
                .put("kind", JsonFields.name(kind))
                .put("id", id.value())
                .put("size", size)
                .put("checksum", checksum.value())
                .build();
    }

    public static Blob fromJson(JsonFields json) {
        return new Blob(
                json.oneOf("kind", BlobKind.class),
                new BlobId(json.string("id")),
                json.integer("size", 0, Long.MAX_VALUE),
                new Checksum(json.string("checksum")));
    }

    public String fileName() {
        return id.value() + kind.extension();
    }
}
