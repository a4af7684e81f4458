package dev.smolvm.cli.command.snapshot;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Flag;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.declare.Values;
import dev.smolvm.cli.library.SnapshotLibrary;
import dev.smolvm.cli.session.Session;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.snapshot.Label;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotNotes;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** {@code smolvm sandbox snapshot label} */
public final class SnapshotLabel extends DataCommand {
    private final Value<String> snapshot =
            declare.parameter("SNAPSHOT", Converters::text, "The snapshot's id or the start of it.");
    private final Values<UnaryOperator<SnapshotNotes>> labels = declare.optionalParameters(
            "LABEL", SnapshotLabel::change, "KEY=VALUE sets a label; KEY- or KEY= removes one.");
    private final Value<String> description =
            declare.option("--description", "TEXT", Converters::text, "A line about it; an empty one removes it.");
    private final Value<Duration> expires = declare.option(
            "--expires",
            "TIME",
            Converters::period,
            "This time from now, such as 12h or 7d, any 'snapshot prune' removes it, unless something needs it.");
    private final Flag neverExpires = declare.flag("--never-expires", "It does not expire any more.");

    public SnapshotLabel() {
        super(
                "Label and describe a snapshot.",
                "The snapshot itself, with its checksums, stays as it is. A key has lower-case letters, digits, '.', '_',"
                        + " '/' and '-', and begins with a letter. Keys that begin with 'smolvm.' are smolvm's own.");
        declare.example("smolvm sandbox snapshot label clean app=web tested=yes", "Two labels");
        declare.example("smolvm sandbox snapshot label clean tested-", "Without one of them");
        declare.example("smolvm sandbox snapshot label clean --description 'before the upgrade'", "A line about it");
    }

    @Override
    protected Result result(Session session) {
        UnaryOperator<SnapshotNotes> change = change();
        SnapshotLibrary snapshots = session.library().snapshots();
        SnapshotInfo changed = snapshots.annotate(snapshots.resolve(snapshot.get()), change);
        return Result.of(SnapshotOutput.one(changed), SnapshotOutput.fields(changed)::print);
    }

    private UnaryOperator<SnapshotNotes> change() {
        if (labels.get().isEmpty()
                && description.optional().isEmpty()
                && expires.optional().isEmpty()
                && !neverExpires.given()) {
            throw new SmolVmException(ErrorKind.USAGE, "nothing to write", "give a label, as in app=web");
        }
        if (neverExpires.given() && expires.optional().isPresent()) {
            throw new SmolVmException(ErrorKind.USAGE, "--expires and --never-expires", "give one of them");
        }
        Instant now = Instant.now();
        return notes -> {
            SnapshotNotes changed = notes;
            for (UnaryOperator<SnapshotNotes> label : labels.get()) {
                changed = label.apply(changed);
            }
            if (description.optional().isPresent()) {
                changed = changed.describedAs(description.get());
            }
            return neverExpires.given() || expires.optional().isPresent()
                    ? changed.expiring(Optional.ofNullable(expires.get()).map(now::plus))
                    : changed;
        };
    }

    private static UnaryOperator<SnapshotNotes> change(String typed) {
        if (typed.endsWith("-") && typed.indexOf('=') < 0 || typed.indexOf('=') == typed.length() - 1) {
            String key = Label.checkKey(typed.substring(0, typed.length() - 1));
            return notes -> notes.without(key);
        }
        Label label = Converters.label(typed);
        return notes -> notes.with(label);
    }
}
