package dev.smolvm.cli.command.snapshot;

import dev.smolvm.cli.output.Fields;
import dev.smolvm.cli.output.Printable;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.snapshot.MemorySize;
import dev.smolvm.snapshot.SnapshotInfo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Snapshots as programs and people read them. */
final class SnapshotOutput {
    private SnapshotOutput() {}

    static Json one(SnapshotInfo snapshot) {
        return Json.object().put("snapshot", json(snapshot)).build();
    }

    /** Scripts rely on these names; {@code size_bytes} is what the snapshot alone takes. */
    static Json json(SnapshotInfo snapshot) {
        return Json.object()
                .put("snapshot_id", snapshot.id().value())
                .put("vm_id", snapshot.sandbox().value())
                .put("backend", snapshot.backend())
                .put("snapshot_type", snapshot.type().label())
                .put("parent_id", text(snapshot.parent()))
                .put("restored", snapshot.restored())
                .put("restored_vm_id", text(snapshot.restoredSandbox()))
                .put("created_at", snapshot.createdAt().toString())
                .put("size_bytes", snapshot.ownBytes())
                .put("shared_size_bytes", snapshot.sharedBytes())
                .put(
                        "guest_memory",
                        snapshot.memorySize().map(SnapshotOutput::json).orElse(Json.NULL))
                .put(
                        "artifacts",
                        Json.object()
                                .put("state_path", text(snapshot.statePath()))
                                .put("memory_path", text(snapshot.memoryPath()))
                                .put("disk_path", snapshot.diskPath().toString())
                                .build())
                .put("notes", Json.ofStrings(notes(snapshot)))
                .put("description", snapshot.description().orElse(null))
                .put("labels", labels(snapshot))
                .put("expires_at", text(snapshot.expires()))
                .put("vmm", snapshot.vmm())
                .put("accelerator", JsonFields.name(snapshot.accelerator()))
                .put("memory_form", snapshot.memoryForm().map(JsonFields::name).orElse(null))
                .build();
    }

    private static Json json(MemorySize size) {
        return Json.object()
                .put("bytes", size.bytes())
                .put("saved_bytes", size.saved())
                .put("skipped_bytes", size.skipped())
                .put("skipped", size.complete() ? "empty" : "unchanged_or_empty")
                .build();
    }

    private static Json labels(SnapshotInfo snapshot) {
        Json.Builder labels = Json.object();
        snapshot.labels().forEach(labels::put);
        return labels.build();
    }

    /** On one line, sorted by key. */
    static String labelLine(SnapshotInfo snapshot) {
        return snapshot.labels().isEmpty()
                ? "-"
                : snapshot.labels().entrySet().stream()
                        .map(label -> label.getKey() + "=" + label.getValue())
                        .collect(Collectors.joining(","));
    }

    /** What its users should know of it. */
    static List<String> notes(SnapshotInfo snapshot) {
        List<String> notes = new ArrayList<>(snapshot.notes());
        snapshot.notesDamage().ifPresent(notes::add);
        return notes;
    }

    static Fields fields(SnapshotInfo snapshot) {
        Fields fields = new Fields()
                .put("id", snapshot.id().value())
                .put("sandbox", snapshot.sandbox().value())
                .put("vmm", snapshot.vmm() + " (" + snapshot.accelerator() + ")")
                .put("type", snapshot.type().label())
                .put("created", Printable.time(snapshot.createdAt()))
                .put("size", sizesAndMemory(snapshot))
                .put("parent", orDash(snapshot.parent()))
                .put("restored", restored(snapshot))
                .put("state", orDash(snapshot.statePath()))
                .put("memory", orDash(snapshot.memoryPath()))
                .put("disk", snapshot.diskPath().toString());
        snapshot.description().ifPresent(text -> fields.put("about", text));
        snapshot.labels().forEach((key, value) -> fields.put("label", key + "=" + value));
        snapshot.expires().ifPresent(time -> fields.put("expires", Printable.time(time)));
        for (String note : notes(snapshot)) {
            fields.put("note", note);
        }
        return fields;
    }

    static String sizes(SnapshotInfo snapshot) {
        return Printable.size(snapshot.ownBytes()) + " own, " + Printable.size(snapshot.sharedBytes()) + " shared";
    }

    /** With how much of the guest's memory was saved, and what of it was not. */
    static String sizesAndMemory(SnapshotInfo snapshot) {
        return sizes(snapshot)
                + snapshot.memorySize()
                        .map(memory -> "; memory: " + Printable.size(memory.saved()) + " of "
                                + Printable.size(memory.bytes()) + " saved, "
                                + (memory.complete()
                                        ? Printable.size(memory.skipped()) + " empty"
                                        : "the rest is unchanged or empty"))
                        .orElse("");
    }

    static String restored(SnapshotInfo snapshot) {
        return snapshot.restored()
                ? snapshot.restoredSandbox().map(s -> "yes, to " + s).orElse("yes")
                : "no";
    }

    static String orDash(Optional<?> value) {
        return value.map(Object::toString).orElse("-");
    }

    private static Json text(Optional<?> value) {
        return Json.of(value.map(v -> v instanceof Path path ? path.toString() : v.toString())
                .orElse(null));
    }
}
