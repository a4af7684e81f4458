package dev.smolvm.cli.command.snapshot;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Flag;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.declare.Values;
import dev.smolvm.cli.library.SnapshotLibrary;
import dev.smolvm.cli.output.Notes;
import dev.smolvm.cli.session.Session;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotNotes;
import dev.smolvm.store.SnapshotId;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@code smolvm sandbox snapshot label} */
public final class SnapshotLabel extends DataCommand {
    private final Value<String> snapshot =
            declare.parameter("SNAPSHOT", Converters::text, "The snapshot's id or the start of it.");
    // Not converted by the parser, which takes a word that is refused for one that is not expected.
    private final Values<String> labels =
            declare.optionalParameters("LABEL", Converters::text, "KEY=VALUE sets a label; KEY- or KEY= removes one.");
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
        List<LabelChange> changes =
                labels.get().stream().map(LabelChange::parse).toList();
        checkOptions();
        SnapshotLibrary snapshots = session.library().snapshots();
        SnapshotId id = snapshots.resolve(snapshot.get());
        Set<String> absent = new LinkedHashSet<>();
        Instant now = Instant.now();
        SnapshotInfo changed = snapshots.annotate(id, notes -> changed(notes, changes, now, absent));
        Notes notes = new Notes(session.err());
        absent.forEach(key -> notes.note("snapshot " + id + " has no label " + key));
        return Result.of(SnapshotOutput.one(changed), SnapshotOutput.fields(changed)::print);
    }

    private void checkOptions() {
        if (labels.get().isEmpty()
                && description.optional().isEmpty()
                && expires.optional().isEmpty()
                && !neverExpires.given()) {
            throw new SmolVmException(ErrorKind.USAGE, "nothing to write", "give a label, as in app=web");
        }
        if (neverExpires.given() && expires.optional().isPresent()) {
            throw new SmolVmException(ErrorKind.USAGE, "--expires and --never-expires", "give one of them");
        }
    }

    /** @param absent gets the keys that were to be removed and are not there */
    private SnapshotNotes changed(SnapshotNotes notes, List<LabelChange> changes, Instant now, Set<String> absent) {
        SnapshotNotes changed = notes;
        for (LabelChange change : changes) {
            if (!change.appliesTo(changed)) {
                absent.add(change.key());
            }
            changed = change.apply(changed);
        }
        if (description.optional().isPresent()) {
            changed = changed.describedAs(description.get());
        }
        return neverExpires.given() || expires.optional().isPresent()
                ? changed.expiring(Optional.ofNullable(expires.get()).map(now::plus))
                : changed;
    }
}
