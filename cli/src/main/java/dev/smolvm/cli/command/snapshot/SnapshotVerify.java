package dev.smolvm.cli.command.snapshot;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Flag;
import dev.smolvm.cli.declare.Values;
import dev.smolvm.cli.library.SnapshotLibrary;
import dev.smolvm.cli.output.Printable;
import dev.smolvm.cli.output.Style;
import dev.smolvm.cli.output.Table;
import dev.smolvm.cli.session.Session;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import dev.smolvm.snapshot.DamagedFile;
import dev.smolvm.snapshot.VerifyReport;
import dev.smolvm.store.SnapshotId;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** {@code smolvm sandbox snapshot verify} */
public final class SnapshotVerify extends DataCommand {
    private final Values<String> references =
            declare.optionalParameters("SNAPSHOT", Converters::text, "The snapshots' ids or the starts of them.");
    private final Flag all = declare.flag("--all", "All snapshots.");

    public SnapshotVerify() {
        super(
                "Prove that snapshots are intact.",
                "Reads everything that they need – manifests, memory, that of a diff's parents too, device states,"
                        + " disk layers, kernels – and compares it with its checksums; what several share is read once."
                        + " Ends with code 5 if anything is damaged.");
        declare.example("smolvm sandbox snapshot verify clean", "One, and what it depends on");
        declare.example("smolvm sandbox snapshot verify --all", "All, and which can still be restored");
    }

    @Override
    protected Result result(Session session) throws Exception {
        if (all.given() == !references.get().isEmpty()) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    all.given() ? "both snapshots and --all are given" : "no snapshot is given",
                    "name snapshots, or give --all");
        }
        SnapshotLibrary snapshots = session.library().snapshots();
        List<SnapshotId> ids =
                references.get().stream().map(snapshots::resolve).distinct().toList();
        VerifyReport report =
                session.withProgress(p -> all.given() ? snapshots.verifyAll(p) : snapshots.verify(ids, p));
        return new Result(
                json(report),
                (out, style) -> print(report, out, style),
                report.verdict().map(ErrorKind::exitCode).orElse(0));
    }

    private static Json json(VerifyReport report) {
        return Json.object()
                .put("intact", ids(report.intact()))
                .put("damaged", ids(report.damaged()))
                .put("busy", ids(report.busy()))
                .put(
                        "damaged_files",
                        new Json.Arr(report.damagedFiles().stream()
                                .<Json>map(f -> Json.object()
                                        .put("path", f.file().toString())
                                        .put("what", f.what())
                                        .put("problem", f.problem())
                                        .put("snapshots", ids(f.snapshots()))
                                        .build())
                                .toList()))
                .put("next", next(report).orElse(null))
                .put("files", report.files())
                .put("bytes", report.bytes())
                .build();
    }

    /** What removes the damaged ones: that of those which others need, too, only a look at the whole store tells. */
    private static Optional<String> next(VerifyReport report) {
        if (report.damaged().isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                report.removable().isEmpty()
                        ? "smolvm store check --data names the command that removes what cannot be restored"
                        : "smolvm sandbox snapshot delete "
                                + report.removable().stream()
                                        .map(SnapshotId::value)
                                        .collect(Collectors.joining(" ")));
    }

    private static Json ids(List<SnapshotId> ids) {
        return Json.ofStrings(ids.stream().map(SnapshotId::value).toList());
    }

    private static void print(VerifyReport report, PrintStream out, Style style) {
        Table table = new Table("SNAPSHOT", "STATE", "RESTORABLE");
        report.intact().forEach(id -> table.row(id.value(), "intact", "yes"));
        report.damaged().forEach(id -> table.row(id.value(), "damaged", "no"));
        report.busy().forEach(id -> table.row(id.value(), "busy", "not verified"));
        table.print(out, style);
        for (DamagedFile file : report.damagedFiles()) {
            out.println(style.red("damaged: ")
                    + Printable.clean(file.what() + " " + file.file() + " " + file.problem() + "; needed by "
                            + file.snapshots().stream().map(SnapshotId::value).collect(Collectors.joining(", "))));
        }
        next(report).ifPresent(next -> out.println("next: " + next));
        out.println(report.files() + " files, " + Printable.size(report.bytes()) + " verified");
    }
}
