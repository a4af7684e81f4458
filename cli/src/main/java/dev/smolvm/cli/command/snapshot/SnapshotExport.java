package dev.smolvm.cli.command.snapshot;

import dev.smolvm.archive.ExportRequest;
import dev.smolvm.archive.ExportedArchive;
import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Flag;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.output.Printable;
import dev.smolvm.cli.session.Session;
import dev.smolvm.json.Json;
import dev.smolvm.store.SnapshotId;
import java.nio.file.Path;

/** {@code smolvm sandbox snapshot export} */
public final class SnapshotExport extends DataCommand {
    private final Value<String> snapshot =
            declare.parameter("SNAPSHOT", Converters::text, "The snapshot's id or the start of it.");
    private final Value<Path> file =
            declare.requiredOption(new String[] {"-o", "--output"}, "FILE", Converters::target, "The file to write.");
    private final Flag noBase = declare.flag(
            "--no-base", "Leave out the image's own files; whoever imports it must have the very same ones.");
    private final Flag force = declare.flag("--force", "Replace the file if it exists.");

    public SnapshotExport() {
        super(
                "Write a snapshot into one file, to be imported into another store.",
                "The file is complete in itself (but for --no-base): a diff snapshot's memory is put together. It holds"
                        + " all that was in the guest's memory and on its disks: guard it as you would the sandbox.");
        declare.example("smolvm sandbox snapshot export clean -o clean.smolvm", "Everything that a restore needs");
        declare.example(
                "smolvm sandbox snapshot export clean -o clean.smolvm --no-base", "For stores that have the image");
    }

    @Override
    protected Result result(Session session) throws Exception {
        SnapshotId id = session.library().snapshots().resolve(snapshot.get());
        ExportRequest request = new ExportRequest(id, file.get(), !noBase.given(), force.given());
        ExportedArchive exported =
                session.withProgress(p -> session.library().archives().export(request, p));
        return Result.of(json(exported), (out, style) -> {
            out.println(id + " written to " + file.get() + " (" + Printable.size(exported.bytes()) + ", "
                    + Printable.size(exported.contentBytes()) + " uncompressed)");
            exported.notes().forEach(note -> out.println("note: " + note));
        });
    }

    private static Json json(ExportedArchive exported) {
        return Json.object()
                .put("snapshot", SnapshotOutput.json(exported.snapshot()))
                .put(
                        "archive",
                        Json.object()
                                .put("path", exported.file().toString())
                                .put("size_bytes", exported.bytes())
                                .put("content_bytes", exported.contentBytes())
                                .build())
                .put("notes", Json.ofStrings(exported.notes()))
                .build();
    }
}
