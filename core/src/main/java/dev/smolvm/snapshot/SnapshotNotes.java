package dev.smolvm.snapshot;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a user has written to a snapshot; {@code notes.json}. No restore needs it.
 *
 * @param labels sorted by key
 * @param expires from when on a prune removes it
 */
public record SnapshotNotes(Optional<String> description, Map<String, String> labels, Optional<Instant> expires) {
    public static final SnapshotNotes NONE = new SnapshotNotes(Optional.empty(), Map.of(), Optional.empty());

    static final int FORMAT = 1;
    private static final int MAX_DESCRIPTION = 1000;
    private static final int MAX_LABELS = 64;

    /** @throws SmolVmException usage: too much, or not to be shown */
    public SnapshotNotes {
        description.ifPresent(text -> PlainText.check("the description", text, MAX_DESCRIPTION));
        if (labels.size() > MAX_LABELS) {
            throw new SmolVmException(
                    ErrorKind.USAGE, "more than " + MAX_LABELS + " labels", "remove one: a label's key and '-'");
        }
        TreeMap<String, String> sorted = new TreeMap<>();
        labels.forEach((key, value) -> {
            Label label = new Label(key, value);
            sorted.put(label.key(), label.value());
        });
        labels = Collections.unmodifiableMap(sorted);
        expires = expires.map(time -> time.truncatedTo(ChronoUnit.MILLIS));
    }

    public boolean isEmpty() {
        return equals(NONE);
    }

    /** Replaces one of the same key. */
    public SnapshotNotes with(Label label) {
        Map<String, String> more = new TreeMap<>(labels);
        more.put(label.key(), label.value());
        return new SnapshotNotes(description, more, expires);
    }

    public SnapshotNotes without(String key) {
        Map<String, String> fewer = new TreeMap<>(labels);
        fewer.remove(key);
        return new SnapshotNotes(description, fewer, expires);
    }

    /** An empty text removes it. */
    public SnapshotNotes describedAs(String text) {
        return new SnapshotNotes(Optional.of(text).filter(t -> !t.isEmpty()), labels, expires);
    }

    public SnapshotNotes expiring(Optional<Instant> time) {
        return new SnapshotNotes(description, labels, time);
    }

    /** Those that mean the same in another store: when to remove it, and what smolvm itself wrote, belongs to this one. */
    public SnapshotNotes portable() {
        Map<String, String> users = new TreeMap<>(labels);
        users.keySet().removeIf(Label::isOwn);
        return new SnapshotNotes(description, users, Optional.empty());
    }

    /**
     * For what a user writes in place of others.
     *
     * @throws SmolVmException usage: one of smolvm's own labels is not as it was
     */
    void checkOwnLabels(SnapshotNotes before) {
        Map<String, String> changed = new TreeMap<>(before.labels);
        changed.putAll(labels);
        changed.keySet().removeIf(key -> Objects.equals(labels.get(key), before.labels.get(key)));
        changed.keySet().forEach(Label::checkUsersKey);
    }

    /** @param now the time that it is */
    public boolean expired(Instant now) {
        return expires.isPresent() && !expires.get().isAfter(now);
    }

    public Json toJson() {
        Json.Builder all = Json.object();
        labels.forEach(all::put);
        return Json.object()
                .put("format", FORMAT)
                .put("description", description.orElse(null))
                .put("labels", all.build())
                .put("expires_at", expires.map(Instant::toString).orElse(null))
                .build();
    }

    /** @throws JsonFormatException also for what no user could have written */
    public static SnapshotNotes fromJson(JsonFields json) {
        if (json.integer("format") != FORMAT) {
            throw new JsonFormatException("format " + json.integer("format") + " is unknown");
        }
        JsonFields all = json.object("labels");
        Map<String, String> labels = new TreeMap<>();
        all.object().fields().keySet().forEach(key -> labels.put(key, all.string(key)));
        try {
            return new SnapshotNotes(
                    json.optionalString("description"),
                    labels,
                    json.optionalString("expires_at").map(Instant::parse));
        } catch (SmolVmException | java.time.format.DateTimeParseException e) {
            throw new JsonFormatException(e.getMessage());
        }
    }
}
