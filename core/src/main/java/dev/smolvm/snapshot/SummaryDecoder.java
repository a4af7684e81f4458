package dev.smolvm.snapshot;

import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.vmm.Accelerator;
import dev.smolvm.vmm.MemoryForm;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Reads what {@link SummaryEncoder} wrote. Thousands are read by a process that has just begun, so it does little. */
final class SummaryDecoder {
    private final ByteBuffer bytes;
    private final List<String> strings;

    SummaryDecoder(ByteBuffer bytes, List<String> strings) {
        this.bytes = bytes;
        this.strings = strings;
    }

    static List<String> strings(ByteBuffer bytes) {
        int count = bytes.getInt();
        List<String> strings = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int length = bytes.getInt();
            strings.add(new String(bytes.array(), bytes.position(), length, StandardCharsets.UTF_8));
            bytes.position(bytes.position() + length);
        }
        return strings;
    }

    SummaryStamp stamp() {
        long[] facts = new long[SummaryStamp.LENGTH];
        for (int i = 0; i < facts.length; i++) {
            facts[i] = bytes.getLong();
        }
        return SummaryStamp.of(facts);
    }

    SnapshotSummary summary(SnapshotId id) {
        return new SnapshotSummary(
                id,
                new SandboxName(string()),
                string(),
                string(),
                Accelerator.valueOf(string()),
                optional().map(MemoryForm::valueOf),
                SnapshotType.valueOf(string()),
                time(),
                bytes.getLong(),
                layers(),
                string(),
                optional().map(SnapshotId::new),
                flag(),
                optional().map(SandboxName::new),
                optional(),
                optional(),
                flag() ? Optional.of(new MemorySize(bytes.getLong(), bytes.getLong(), flag())) : Optional.empty(),
                list(),
                optional().map(SnapshotId::new),
                flag() ? notes() : SnapshotNotes.NONE,
                Optional.empty());
    }

    private List<SnapshotSummary.Layer> layers() {
        int count = bytes.getInt();
        List<SnapshotSummary.Layer> layers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            layers.add(new SnapshotSummary.Layer(string(), bytes.getLong(), flag()));
        }
        return layers;
    }

    private SnapshotNotes notes() {
        Optional<String> description = optional();
        int count = bytes.getInt();
        Map<String, String> labels = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            labels.put(string(), string());
        }
        return new SnapshotNotes(description, labels, flag() ? Optional.of(time()) : Optional.empty());
    }

    private List<String> list() {
        int count = bytes.getInt();
        List<String> list = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            list.add(string());
        }
        return list;
    }

    private String string() {
        return strings.get(bytes.getInt());
    }

    private Optional<String> optional() {
        int number = bytes.getInt();
        return number == SummaryEncoder.ABSENT ? Optional.empty() : Optional.of(strings.get(number));
    }

    private Instant time() {
        return Instant.ofEpochSecond(bytes.getLong(), bytes.getInt());
    }

    private boolean flag() {
        return bytes.getInt() != 0;
    }
}
