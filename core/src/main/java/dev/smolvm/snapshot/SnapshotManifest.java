package dev.smolvm.snapshot;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.sandbox.SandboxDefinition;
import dev.smolvm.store.SnapshotId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What {@code snapshots/<id>/manifest.json} says: everything that is needed to restore, with the checksum of every file.
 *
 * @param memory empty for a disk snapshot, as is {@code deviceState}
 * @param parent what the sandbox was last restored from or saved to before
 * @param pauseMillis how long the guest stood still
 */
public record SnapshotManifest(
        SnapshotId id,
        SnapshotType type,
        Instant createdAt,
        SandboxDefinition sandbox,
        List<SavedDisk> disks,
        Optional<SavedFile> deviceState,
        Optional<MemoryRecord> memory,
        Optional<SnapshotId> parent,
        long pauseMillis,
        List<String> notes) {
    static final int FORMAT = 1;

    public SnapshotManifest {
        disks = List.copyOf(disks);
        notes = List.copyOf(notes);
    }

    /** The same with other layers that hold the same disks. */
    public SnapshotManifest withDisks(List<SavedDisk> newDisks) {
        return new SnapshotManifest(
                id, type, createdAt, sandbox, newDisks, deviceState, memory, parent, pauseMillis, notes);
    }

    public Json toJson() {
        return Json.object()
                .put("id", id.value())
                .put("type", type.label())
                .put("created_at", createdAt.toString())
                .put("sandbox", sandbox.toJson())
                .put("disks", new Json.Arr(disks.stream().map(SavedDisk::toJson).toList()))
                .put("device_state", deviceState.map(SavedFile::toJson).orElse(Json.NULL))
                .put("memory", memory.map(MemoryRecord::toJson).orElse(Json.NULL))
                .put("parent", parent.map(SnapshotId::value).orElse(null))
                .put("pause_millis", pauseMillis)
                .put("notes", Json.ofStrings(notes))
                .build();
    }

    public static SnapshotManifest fromJson(JsonFields json) {
        SnapshotManifest manifest = new SnapshotManifest(
                new SnapshotId(json.string("id")),
                switch (json.string("type")) {
                    case "full" -> SnapshotType.FULL;
                    case "diff" -> SnapshotType.DIFF;
                    case "disk" -> SnapshotType.DISK;
                    default -> throw new JsonFormatException("snapshot.type is unknown");
                },
                SandboxDefinition.instant(json, "created_at"),
                SandboxDefinition.fromJson(json.object("sandbox")),
                json.list("disks", SavedDisk::fromJson),
                json.optionalObject("device_state").map(SavedFile::fromJson),
                json.optionalObject("memory").map(MemoryRecord::fromJson),
                json.optionalString("parent").map(SnapshotId::new),
                json.integer("pause_millis", 0, Long.MAX_VALUE),
                json.strings("notes"));
        boolean withMemory = manifest.type != SnapshotType.DISK;
        if (manifest.disks.isEmpty()
                || manifest.memory.isPresent() != withMemory
                || manifest.deviceState.isPresent() != withMemory
                || manifest.type == SnapshotType.FULL
                        && !(manifest.memory.orElseThrow() instanceof MemoryRecord.Complete)) {
            throw new JsonFormatException("snapshot does not hold what its type says");
        }
        return manifest;
    }

    /** Names what memory held when it was saved; unlike its id, no other snapshot ever has this name. */
    public String moment() {
        return id + " " + sandbox.id() + " " + createdAt;
    }

    /** The snapshot without which this one's memory cannot be put together. */
    public Optional<SnapshotId> memoryParent() {
        return memory.flatMap(m -> m instanceof MemoryRecord.Changes changes ? changes.parent() : Optional.empty());
    }
}
