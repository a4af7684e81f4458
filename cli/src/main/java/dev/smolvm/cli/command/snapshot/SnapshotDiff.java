package dev.smolvm.cli.command.snapshot;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Flag;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.library.InspectionLibrary;
import dev.smolvm.cli.session.Session;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.inspect.Side;

/** {@code smolvm sandbox snapshot diff} */
public final class SnapshotDiff extends DataCommand {
    private final Value<String> before =
            declare.parameter("BEFORE", Converters::text, "A snapshot's id or the start of it, or a sandbox's name.");
    private final Value<String> after = declare.parameter("AFTER", Converters::text, "The same; one is a snapshot.");
    private final Value<String> content = declare.option(
            "--content",
            "PATH",
            Converters::text,
            "Show what differs in this text file (at most 1 MiB), line by line.");
    private final Flag checksum =
            declare.flag("--checksum", "Read every file, also those whose inode says that nobody has written them.");

    public SnapshotDiff() {
        super(
                "Show which files differ between two snapshots, or a snapshot and a sandbox.",
                "Compares what is on the root disks; nothing is restored, and a sandbox that runs goes on. The disks are read"
                        + " in a throw-away VM, which takes about as long as a boot. A name is taken for a snapshot's"
                        + " first: write sandbox:NAME or snapshot:ID where it could be both.");
        declare.example("smolvm sandbox snapshot diff clean configured", "Which files differ");
        declare.example("smolvm sandbox snapshot diff clean web", "What changed in a sandbox since");
        declare.example(
                "smolvm sandbox snapshot diff clean configured --content /etc/app.conf", "What differs in one file");
    }

    @Override
    protected Result result(Session session) throws Exception {
        if (content.optional().isPresent() && checksum.given()) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    "--content always reads its file: --checksum has no meaning there",
                    "leave one out");
        }
        InspectionLibrary inspection = session.library().inspection();
        Side from = inspection.resolve(before.get());
        Side to = inspection.resolve(after.get());
        return session.withProgress(progress -> content.optional().isPresent()
                ? ContentOutput.of(from, to, content.get(), inspection.content(from, to, content.get(), progress))
                : DiffOutput.of(inspection.diff(from, to, checksum.given(), progress)));
    }
}
