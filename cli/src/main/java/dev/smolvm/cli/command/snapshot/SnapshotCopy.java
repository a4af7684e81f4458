package dev.smolvm.cli.command.snapshot;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.command.sandbox.Transfer;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.output.Printable;
import dev.smolvm.cli.session.Session;
import dev.smolvm.json.Json;
import dev.smolvm.store.SnapshotId;
import java.nio.file.Path;

/** {@code smolvm sandbox snapshot copy} */
public final class SnapshotCopy extends DataCommand {
    private final Value<SnapshotSource> source = declare.parameter(
            "SNAPSHOT:PATH",
            SnapshotSource::parse,
            "The snapshot's id or the start of it, and the file or directory in it.");
    private final Value<Path> local = declare.parameter("LOCAL", Converters::target, Transfer.LOCAL_TARGET);

    public SnapshotCopy() {
        super(
                "Copy a file or directory out of a snapshot, without restoring it.",
                "Directories come with their content; modes are kept, links stay links. The disk is read in a throw-away"
                        + " VM, which takes about as long as a boot.");
        declare.example("smolvm sandbox snapshot copy clean:/etc/app.conf .", "One file");
        declare.example("smolvm sandbox snapshot copy clean:/srv ./srv", "A directory tree");
    }

    @Override
    protected Result result(Session session) throws Exception {
        SnapshotSource from = source.get();
        SnapshotId snapshot = session.library().snapshots().resolve(from.snapshot());
        return session.withProgress(progress -> {
            Transfer transfer = new Transfer("copy", progress);
            session.library().inspection().copy(snapshot, from.path(), local.get(), transfer, progress);
            return Result.of(
                    Json.object()
                            .put("snapshot_id", snapshot.value())
                            .put("path", from.path())
                            .put("local_path", Transfer.text(local.get()))
                            .put("files", transfer.files())
                            .put("bytes", transfer.bytes())
                            .build(),
                    transfer.files() + (transfer.files() == 1 ? " file, " : " files, ")
                            + Printable.size(transfer.bytes()) + " copied");
        });
    }
}
