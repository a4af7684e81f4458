package dev.smolvm.snapshot;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.sandbox.DiskRecord;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobKind;
import java.util.List;
import java.util.Optional;

/**
 * A disk at the moment of a snapshot.
 *
 * @param bytes virtual size
 * @param layers sealed, the lowest first; or one raw file with all of the disk
 */
public record SavedDisk(String id, long bytes, List<Blob> layers) {
    public SavedDisk {
        layers = List.copyOf(layers);
    }

    /** The whole disk, if it is a raw file. */
    public Optional<Blob> whole() {
        return layers.getFirst().kind() == BlobKind.DISK ? Optional.of(layers.getFirst()) : Optional.empty();
    }

    public Json toJson() {
        return Json.object()
                .put("id", id)
                .put("bytes", bytes)
                .put("layers", new Json.Arr(layers.stream().map(Blob::toJson).toList()))
                .build();
    }

    public static SavedDisk fromJson(JsonFields json) {
        List<Blob> layers = json.list("layers", Blob::fromJson);
        if (layers.isEmpty()) {
            throw new JsonFormatException(json.where() + ".layers is empty");
        }
        boolean chain = layers.stream().allMatch(l -> l.kind() == BlobKind.LAYER);
        if (!chain && !(layers.size() == 1 && layers.getFirst().kind() == BlobKind.DISK)) {
            throw new JsonFormatException(json.where() + ".layers is neither a chain of layers nor one raw disk");
        }
        return new SavedDisk(DiskRecord.id(json), DiskRecord.virtualBytes(json), layers);
    }
}
