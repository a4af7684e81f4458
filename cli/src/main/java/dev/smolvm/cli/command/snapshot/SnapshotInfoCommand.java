package dev.smolvm.cli.command.snapshot;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.library.SnapshotLibrary;
import dev.smolvm.cli.session.Session;
import dev.smolvm.snapshot.SnapshotInfo;

/** {@code smolvm sandbox snapshot info} */
public final class SnapshotInfoCommand extends DataCommand {
    private final Value<String> snapshot =
            declare.parameter("SNAPSHOT", Converters::text, "The snapshot's id or the start of it.");

    public SnapshotInfoCommand() {
        super("Show all there is to tell about a snapshot.");
        declare.example("smolvm sandbox snapshot info clean", "Type, sizes, parent and files");
    }

    @Override
    protected Result result(Session session) {
        SnapshotLibrary snapshots = session.library().snapshots();
        SnapshotInfo info = snapshots.info(snapshots.resolve(snapshot.get()));
        return Result.of(SnapshotOutput.one(info), SnapshotOutput.fields(info)::print);
    }
}
