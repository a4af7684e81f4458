package dev.smolvm.cli.command.sandbox;

import dev.smolvm.checkpoint.CheckpointListener;
import dev.smolvm.checkpoint.CheckpointRequest;
import dev.smolvm.checkpoint.CheckpointSummary;
import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.output.Notes;
import dev.smolvm.cli.output.PartlyDone;
import dev.smolvm.cli.output.Printable;
import dev.smolvm.cli.session.Session;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotType;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** {@code smolvm sandbox checkpoint} */
public final class SandboxCheckpoint extends DataCommand {
    private final Value<String> sandbox =
            declare.parameter("SANDBOX", Converters::text, "The sandbox's name, id or the start of its id.");
    private final Value<Duration> every = declare.requiredOption(
            "--every", "TIME", Converters::period, "From one to the next, such as 90s, 15m or 1h.");
    private final Value<Integer> keep = declare.option(
            "--keep", "N", Converters::positive, "Keep the newest N of its checkpoints, and those that they need.");
    private final Value<SnapshotType> type = declare.choice(
            "--snapshot-type",
            List.of(SnapshotType.FULL, SnapshotType.DIFF),
            "diff: what changed since the one before (default), with --keep N each Nth a full one; full.");

    public SandboxCheckpoint() {
        super(
                "Save a sandbox again and again, until Ctrl-C.",
                "The sandbox runs on. The first checkpoint is taken at once. They are snapshots with the label"
                        + " smolvm.checkpoint=auto, and no others are ever removed. A diff needs those before it, so with"
                        + " --keep N up to 2N - 1 are there. A period in which the sandbox is busy, paused or does not"
                        + " answer, or the store is full, is left out. Ctrl-C or SIGTERM ends it with code 0; a snapshot that was being taken is undone."
                        + " If the sandbox is stopped, crashes or is deleted, it ends with that error.");
        declare.example("smolvm sandbox checkpoint web --every 15m --keep 8", "The last two hours, at least");
        declare.example("smolvm sandbox checkpoint web --every 1h --snapshot-type full", "Each complete in itself");
    }

    @Override
    protected Result result(Session session) throws Exception {
        CheckpointRequest request = new CheckpointRequest(
                session.library().sandboxes().resolve(sandbox.get()),
                every.get(),
                keep.optional().map(OptionalInt::of).orElse(OptionalInt.empty()),
                type.or(SnapshotType.DIFF));
        Lines lines = new Lines(session);
        CheckpointSummary summary;
        try {
            summary = session.library().checkpoints().run(request, lines, new Notes(session.err()));
        } catch (SmolVmException e) {
            throw lines.taken == 0 ? e : new PartlyDone(e, lines.json());
        }
        return Result.of(
                lines.json(),
                "ended: " + summary.taken() + " taken, " + summary.removed() + " removed, " + summary.skipped()
                        + " skipped" + (summary.undone() ? "; the one that was being taken was undone" : ""));
    }

    /** A line for each event as it happens; all of them together for programs, however it ends. */
    private final class Lines implements CheckpointListener {
        private final Session session;
        private final Set<String> left = new LinkedHashSet<>();
        private int taken;
        private int removed;
        private int skipped;

        Lines(Session session) {
            this.session = session;
        }

        @Override
        public void taken(SnapshotInfo checkpoint) {
            taken++;
            left.add(checkpoint.id().value());
            line(checkpoint.id() + " created (" + checkpoint.type().label() + ", "
                    + Printable.size(checkpoint.ownBytes()) + ")");
        }

        @Override
        public void removed(SnapshotInfo checkpoint) {
            removed++;
            left.remove(checkpoint.id().value());
            line(checkpoint.id() + " removed");
        }

        @Override
        public void skipped(String why) {
            skipped++;
            new Notes(session.err()).note("skipped: " + why);
        }

        Json json() {
            return Json.object()
                    .put("taken", taken)
                    .put("removed", removed)
                    .put("skipped", skipped)
                    .put("snapshot_ids", Json.ofStrings(List.copyOf(left)))
                    .build();
        }

        private void line(String text) {
            if (!asJson()) {
                session.out().println(text);
                session.out().flush();
            }
        }
    }
}
