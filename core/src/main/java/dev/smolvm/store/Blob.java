package dev.smolvm.store;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;

/**
 * A reference to an immutable file under {@code layers/}, as manifests hold it.
 *
 * @param size in bytes
 */
public record Blob(BlobKind kind, BlobId id, long size, Checksum checksum) {
    public Json toJson() {
        return Json.object()
                .put("kind", kind.name().toLowerCase(java.util.Locale.ROOT))
                .put("id", id.value())
                .put("size", size)
                .put("checksum", checksum.value())
                .build();
    }

    public static Blob fromJson(JsonFields json) {
        BlobKind kind =
                switch (json.string("kind")) {
                    case "layer" -> BlobKind.LAYER;
                    case "kernel" -> BlobKind.KERNEL;
                    case "initrd" -> BlobKind.INITRD;
                    default -> throw new JsonFormatException(json.where() + ".kind is unknown");
                };
        return new Blob(
                kind,
                new BlobId(json.string("id")),
                json.integer("size", 0, Long.MAX_VALUE),
                new Checksum(json.string("checksum")));
    }

    public String fileName() {
        return id.value() + kind.extension();
    }
}
