package dev.smolvm.snapshot;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** Writes the parts of a {@link SummaryIndex}; {@link SummaryDecoder} reads them in the same order. */
final class SummaryEncoder {
    static final int ABSENT = -1;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(bytes);
    /** Each string stands in the file once: most are the same for many snapshots. */
    private final Map<String, Integer> strings;

    SummaryEncoder(Map<String, Integer> strings) {
        this.strings = strings;
    }

    int size() {
        return bytes.size();
    }

    byte[] toBytes() {
        return bytes.toByteArray();
    }

    void stamp(SummaryStamp stamp) {
        for (long fact : stamp.facts()) {
            number(fact);
        }
    }

    /** All but its id, of one that is whole. */
    void summary(SnapshotSummary summary) {
        string(summary.sandbox().value());
        string(summary.sandboxId());
        string(summary.vmm());
        string(summary.accelerator().name());
        optional(summary.memoryForm().map(Enum::name));
        string(summary.type().name());
        time(summary.createdAt());
        number(summary.ownFiles());
        integer(summary.layers().size());
        for (SnapshotSummary.Layer layer : summary.layers()) {
            string(layer.id());
            number(layer.size());
            integer(layer.ofImage() ? 1 : 0);
        }
        string(summary.topLayer());
        optional(summary.parent());
        integer(summary.restored() ? 1 : 0);
        optional(summary.restoredSandbox());
        optional(summary.stateFile());
        optional(summary.memoryFile());
        integer(summary.memorySize().isPresent() ? 1 : 0);
        summary.memorySize().ifPresent(size -> {
            number(size.bytes());
            number(size.saved());
            integer(size.complete() ? 1 : 0);
        });
        integer(summary.notes().size());
        summary.notes().forEach(this::string);
        optional(summary.memoryParent());
        notes(summary.written());
    }

    private void notes(SnapshotNotes notes) {
        integer(notes.isEmpty() ? 0 : 1);
        if (notes.isEmpty()) {
            return;
        }
        optional(notes.description());
        integer(notes.labels().size());
        notes.labels().forEach((key, value) -> {
            string(key);
            string(value);
        });
        integer(notes.expires().isPresent() ? 1 : 0);
        notes.expires().ifPresent(this::time);
    }

    void string(String text) {
        Integer known = strings.putIfAbsent(text, strings.size());
        integer(known == null ? strings.size() - 1 : known);
    }

    private void optional(Optional<?> value) {
        value.ifPresentOrElse(v -> string(v.toString()), () -> integer(ABSENT));
    }

    private void time(Instant time) {
        number(time.getEpochSecond());
        integer(time.getNano());
    }

    void integer(int value) {
        try {
            out.writeInt(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void number(long value) {
        try {
            out.writeLong(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void nested(SummaryEncoder part) {
        integer(part.size());
        bytes.writeBytes(part.toBytes());
    }

    /** All that were named so far. */
    void strings() {
        integer(strings.size());
        for (String text : strings.keySet()) {
            byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
            integer(encoded.length);
            bytes.writeBytes(encoded);
        }
    }
}
