package dev.smolvm.cli.command.snapshot;

import dev.smolvm.cli.declare.Converters;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.snapshot.Label;
import dev.smolvm.snapshot.SnapshotNotes;

/** What is to become of a label. */
sealed interface LabelChange {
    String key();

    SnapshotNotes apply(SnapshotNotes notes);

    /** Whether there is anything to change. */
    boolean appliesTo(SnapshotNotes notes);

    record Put(Label label) implements LabelChange {
        @Override
        public String key() {
            return label.key();
        }

        @Override
        public SnapshotNotes apply(SnapshotNotes notes) {
            return notes.with(label);
        }

        @Override
        public boolean appliesTo(SnapshotNotes notes) {
            return true;
        }
    }

    record Remove(String key) implements LabelChange {
        @Override
        public SnapshotNotes apply(SnapshotNotes notes) {
            return notes.without(key);
        }

        @Override
        public boolean appliesTo(SnapshotNotes notes) {
            return notes.labels().containsKey(key);
        }
    }

    /** {@code KEY=VALUE} sets, {@code KEY-} and {@code KEY=} remove. */
    static LabelChange parse(String typed) {
        int equals = typed.indexOf('=');
        if (equals < 0 && !typed.endsWith("-")) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    "LABEL: '" + typed + "' is neither KEY=VALUE nor KEY-",
                    "as in app=web to set one, or app- to remove it");
        }
        return equals < 0 || equals == typed.length() - 1
                ? new Remove(Label.checkUsersKey(typed.substring(0, typed.length() - 1)))
                : new Put(Converters.label(typed));
    }
}
