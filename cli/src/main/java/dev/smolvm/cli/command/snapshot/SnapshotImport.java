package dev.smolvm.cli.command.snapshot;

import dev.smolvm.archive.ImportRequest;
import dev.smolvm.archive.ImportedSnapshot;
import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.session.Session;
import dev.smolvm.json.Json;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.store.SnapshotId;
import java.nio.file.Path;

/** {@code smolvm sandbox snapshot import} */
public final class SnapshotImport extends DataCommand {
    private final Value<Path> file =
            declare.parameter("FILE", Converters::path, "A file that 'snapshot export' wrote.");
    private final Value<SnapshotId> name =
            declare.option("--name", "ID", SnapshotId::new, "Its id here (default: the one it had).");
    private final Value<Path> sshKey = declare.option(
            "--ssh-key",
            "FILE",
            Converters::path,
            "The private key of a guest that is reached over SSH; the file holds none.");

    public SnapshotImport() {
        super(
                "Read a snapshot from a file that was exported.",
                "All of it is verified before anything is added. A restore makes its sandbox under the name it had, and"
                        + " is refused where another sandbox has that name: restore --name NEW takes another. A saved"
                        + " machine is a program: restore only what you would run.");
        declare.example("smolvm sandbox snapshot import clean.smolvm", "Add it under its own id");
        declare.example("smolvm sandbox snapshot import clean.smolvm --name clean-2", "Where that id is taken");
    }

    @Override
    protected Result result(Session session) throws Exception {
        ImportRequest request = new ImportRequest(file.get(), name.optional(), sshKey.optional());
        ImportedSnapshot imported =
                session.withProgress(p -> session.library().archives().importFile(request, p));
        SnapshotInfo snapshot = imported.snapshot();
        return Result.of(json(imported), (out, style) -> {
            out.println(snapshot.id() + " imported from " + file.get() + " ("
                    + snapshot.type().label() + ", " + SnapshotOutput.sizes(snapshot) + ")");
            out.println(imported.filesHere() + " of its " + imported.files() + " disk and kernel files were here");
            imported.notes().forEach(note -> out.println("note: " + note));
        });
    }

    private static Json json(ImportedSnapshot imported) {
        return Json.object()
                .put("snapshot", SnapshotOutput.json(imported.snapshot()))
                .put("files", imported.files())
                .put("files_here", imported.filesHere())
                .put("notes", Json.ofStrings(imported.notes()))
                .build();
    }
}
