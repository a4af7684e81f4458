package dev.smolvm.archive;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.store.Checksum;

/**
 * A file in an archive, as its description lists it.
 *
 * @param size in bytes, with its holes
 * @param stored bytes of data: all but the holes
 */
record ArchiveEntry(String name, long size, long stored, Checksum checksum) {
    /** More than any disk or memory of ours. */
    static final long MAX_SIZE = 1L << 44;

    ArchiveEntry {
        if (size < 0 || size > MAX_SIZE || stored < 0 || stored > size) {
            throw new JsonFormatException("entry " + name + " has an impossible size");
        }
    }

    Json toJson() {
        return Json.object()
                .put("name", name)
                .put("size", size)
                .put("stored", stored)
                .put("checksum", checksum.value())
                .build();
    }

    static ArchiveEntry fromJson(JsonFields json) {
        return new ArchiveEntry(
                json.string("name"),
                json.integer("size"),
                json.integer("stored"),
                new Checksum(json.string("checksum")));
    }
}
