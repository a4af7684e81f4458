package dev.smolvm.sandbox;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.store.SnapshotId;

/** What a command is doing to a sandbox's VM, as its {@link Journal} holds it. */
public sealed interface Unfinished {
    /** The record's generation before: a higher one in the record says that a new VMM has become the sandbox's. */
    long generation();

    /** Boots a sandbox that had no VMM. */
    record Start(long generation) implements Unfinished {}

    /**
     * Saves a snapshot.
     *
     * @param wasRunning whether the guest ran before
     * @param leaveRunning whether it is to run afterwards, if it did before
     */
    record Save(long generation, SnapshotId snapshot, boolean wasRunning, boolean leaveRunning) implements Unfinished {}

    /**
     * Restores a snapshot.
     *
     * @param wasRunning whether the sandbox's guest ran before; it stands still until it is replaced
     * @param fork whether it becomes a new sandbox, which the snapshot takes no note of
     */
    record Restore(long generation, SnapshotId snapshot, boolean wasRunning, boolean fork) implements Unfinished {}

    default Json toJson() {
        Json.Builder json = Json.object().put("generation", generation());
        return switch (this) {
            case Start _ -> json.put("operation", "start").build();
            case Save save ->
                json.put("operation", "save")
                        .put("snapshot", save.snapshot().value())
                        .put("was_running", save.wasRunning())
                        .put("leave_running", save.leaveRunning())
                        .build();
            case Restore restore ->
                json.put("operation", "restore")
                        .put("snapshot", restore.snapshot().value())
                        .put("was_running", restore.wasRunning())
                        .put("fork", restore.fork())
                        .build();
        };
    }

    /** @throws JsonFormatException for anything else */
    static Unfinished fromJson(Json value) {
        JsonFields json = JsonFields.of(value, "unfinished");
        long generation = json.integer("generation");
        return switch (json.string("operation")) {
            case "start" -> new Start(generation);
            case "save" ->
                new Save(
                        generation,
                        new SnapshotId(json.string("snapshot")),
                        json.bool("was_running"),
                        json.bool("leave_running"));
            case "restore" ->
                new Restore(
                        generation,
                        new SnapshotId(json.string("snapshot")),
                        json.bool("was_running"),
                        json.bool("fork"));
            default -> throw new JsonFormatException("unfinished.operation is unknown");
        };
    }
}
