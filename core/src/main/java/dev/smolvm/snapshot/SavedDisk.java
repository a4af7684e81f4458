package dev.smolvm.snapshot;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.sandbox.DiskRecord;
import dev.smolvm.store.Blob;
import java.util.List;

/**
 * A disk at the moment of a snapshot.
 *
 * @param bytes virtual size
 * @param layers sealed, the lowest first
 */
record SavedDisk(String id, long bytes, List<Blob> layers) {
    SavedDisk {
        layers = List.copyOf(layers);
    }

    Json toJson() {
        return Json.object()
                .put("id", id)
                .put("bytes", bytes)
                .put("layers", new Json.Arr(layers.stream().map(Blob::toJson).toList()))
                .build();
    }

    static SavedDisk fromJson(JsonFields json) {
        List<Blob> layers = DiskRecord.layers(json, "layers");
        if (layers.isEmpty()) {
            throw new JsonFormatException(json.where() + ".layers is empty");
        }
        return new SavedDisk(DiskRecord.id(json), DiskRecord.virtualBytes(json), layers);
    }
}
