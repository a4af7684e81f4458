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
 * @param bytes virtual size; of a file outside the store its size in whole sectors
 * @param layers sealed, the lowest first; or one raw file with all of the disk; empty for a file outside the store
 */
public record SavedDisk(String id, long bytes, List<Blob> layers, DiskOrigin origin) {
    public SavedDisk {
        layers = List.copyOf(layers);
    }

    /** The same disk from the same place, in other layers that hold the same. */
    public SavedDisk withLayers(List<Blob> newLayers) {
        return new SavedDisk(id, bytes, newLayers, origin);
    }

    /** The whole disk, if it is a raw file. */
    public Optional<Blob> whole() {
        return layers.stream().filter(l -> l.kind() == BlobKind.DISK).findFirst();
    }

    /** The user's file that it is, outside the store and not part of the snapshot. */
    public Optional<DiskOrigin.Outside> outside() {
        return origin instanceof DiskOrigin.Outside outside ? Optional.of(outside) : Optional.empty();
    }

    public Json toJson() {
        return Json.object()
                .put("id", id)
                .put("bytes", bytes)
                .put("layers", new Json.Arr(layers.stream().map(Blob::toJson).toList()))
                .put("origin", origin.toJson())
                .build();
    }

    public static SavedDisk fromJson(JsonFields json) {
        List<Blob> layers = json.list("layers", Blob::fromJson);
        DiskOrigin origin =
                json.optionalObject("origin").map(DiskOrigin::fromJson).orElse(DiskOrigin.OWN);
        if (layers.isEmpty() != origin instanceof DiskOrigin.Outside) {
            throw new JsonFormatException(
                    json.where() + (layers.isEmpty() ? ".layers is empty" : " has layers and lies outside the store"));
        }
        boolean chain = layers.stream().allMatch(l -> l.kind() == BlobKind.LAYER);
        if (!chain && !(layers.size() == 1 && layers.getFirst().kind() == BlobKind.DISK)) {
            throw new JsonFormatException(json.where() + ".layers is neither a chain of layers nor one raw disk");
        }
        return new SavedDisk(DiskRecord.id(json), DiskRecord.virtualBytes(json), layers, origin);
    }
}
