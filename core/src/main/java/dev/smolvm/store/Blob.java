package dev.smolvm.store;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

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

    /** The id of a file in {@code layers/}; empty for what is not called like one of ours, or is no plain file. */
    public static Optional<BlobId> idOf(Path file) {
        String name = file.getFileName().toString();
        for (BlobKind kind : BlobKind.values()) {
            if (name.matches("[0-9a-f]{32}" + Pattern.quote(kind.extension()))
                    && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                return Optional.of(new BlobId(name.substring(0, name.indexOf('.'))));
            }
        }
        return Optional.empty();
    }

    public String fileName() {
        return id.value() + kind.extension();
    }
}
