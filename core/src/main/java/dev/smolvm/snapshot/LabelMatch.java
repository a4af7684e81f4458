package dev.smolvm.snapshot;

import dev.smolvm.error.SmolVmException;
import java.util.Map;
import java.util.Optional;

/**
 * What a label has to be.
 *
 * @param value empty: any
 */
public record LabelMatch(String key, Optional<String> value) {
    /**
     * {@code key} or {@code key=value}.
     *
     * @throws SmolVmException usage: not a label
     */
    public static LabelMatch parse(String typed) {
        int equals = typed.indexOf('=');
        if (equals < 0) {
            return new LabelMatch(Label.checkKey(typed), Optional.empty());
        }
        Label label = new Label(typed.substring(0, equals), typed.substring(equals + 1));
        return new LabelMatch(label.key(), Optional.of(label.value()));
    }

    public static LabelMatch of(Label label) {
        return new LabelMatch(label.key(), Optional.of(label.value()));
    }

    public boolean matches(SnapshotInfo snapshot) {
        return matches(snapshot.written().labels());
    }

    boolean matches(Map<String, String> labels) {
        String has = labels.get(key);
        return has != null && (value.isEmpty() || value.get().equals(has));
    }

    @Override
    public String toString() {
        return key + value.map(v -> "=" + v).orElse("");
    }
}
