package dev.smolvm.cli.command.snapshot;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Flag;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.declare.Values;
import dev.smolvm.cli.session.Session;
import dev.smolvm.snapshot.FlushPolicy;
import dev.smolvm.snapshot.Label;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotNotes;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.time.Duration;
import java.time.Instant;

/** {@code smolvm sandbox snapshot create} */
public final class SnapshotCreate extends DataCommand {
    private final Value<String> sandbox =
            declare.parameter("SANDBOX", Converters::text, "The running or paused sandbox to save.");
    private final Value<SnapshotId> id = declare.option(
            "--snapshot-id", "ID", SnapshotId::new, "Its id (default: made from the name and the time).");
    private final Value<SnapshotType> type = declare.choice(
            "--snapshot-type",
            SnapshotType.class,
            "full: disk, memory and devices (default); diff: only what changed since the parent; disk: disk only, on QEMU.");
    private final Flag resumeSource =
            declare.flag("--resume-source", "A running sandbox goes on afterwards; otherwise it is left paused.");
    private final Flag liveOnly = declare.flag(
            "--live-only", "Never pause a running guest, or fail before anything is touched; for disk snapshots.");
    private final Value<FlushPolicy> flushPolicy = declare.choice(
            "--flush-policy",
            FlushPolicy.class,
            "What it means for a disk snapshot when the guest cannot flush its file systems (default required).");

    private final Flag trimMemory = declare.flag(
            "--trim-memory",
            "The guest gives up clean caches and clears free memory first: a smaller snapshot, that takes longer.");

    private final Value<String> description =
            declare.option("--description", "TEXT", Converters::text, "A line about it, for people.");
    private final Values<Label> labels =
            declare.repeated("--label", "KEY=VALUE", Converters::label, "A label, for scripts and prune; repeatable.");
    private final Value<Duration> expires = declare.option(
            "--expires",
            "TIME",
            Converters::period,
            "After this time, such as 12h or 7d, any 'snapshot prune' removes it, unless something needs it.");

    public SnapshotCreate() {
        super(
                "Save a sandbox as a snapshot.",
                "On QEMU the guest runs on until the last moment; on Firecracker it stands still meanwhile.");
        declare.example("smolvm sandbox snapshot create web --resume-source", "Save everything, and go on");
        declare.example(
                "smolvm sandbox snapshot create web --snapshot-id clean --snapshot-type disk", "Save the disk alone");
        declare.example(
                "smolvm sandbox snapshot create web --resume-source --label step=3 --expires 7d",
                "One that may be removed in a week");
    }

    @Override
    protected Result result(Session session) throws Exception {
        SnapshotNotes notes = notes();
        SandboxName name = session.library().sandboxes().resolve(sandbox.get());
        SnapshotRequest request = new SnapshotRequest(
                name,
                id.optional(),
                type.or(SnapshotType.FULL),
                resumeSource.given(),
                liveOnly.given(),
                flushPolicy.or(FlushPolicy.REQUIRED),
                trimMemory.given(),
                notes);
        SnapshotInfo snapshot =
                session.withProgress(p -> session.library().snapshots().create(request, p));
        return Result.of(SnapshotOutput.one(snapshot), (out, style) -> {
            out.println(snapshot.id() + " created from " + snapshot.sandbox() + " ("
                    + snapshot.type().label() + ", " + SnapshotOutput.sizesAndMemory(snapshot) + ")");
            snapshot.notes().forEach(note -> out.println("note: " + note));
        });
    }

    private SnapshotNotes notes() {
        SnapshotNotes notes = SnapshotNotes.NONE
                .describedAs(description.or(""))
                .expiring(expires.optional().map(Instant.now()::plus));
        for (Label label : labels.get()) {
            notes = notes.with(label);
        }
        return notes;
    }
}
