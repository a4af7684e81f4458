package dev.smolvm.cli.command.store;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Flag;
import dev.smolvm.cli.output.Printable;
import dev.smolvm.cli.output.Style;
import dev.smolvm.cli.session.Session;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.json.Json;
import dev.smolvm.upkeep.CheckReport;
import dev.smolvm.upkeep.CheckRequest;
import dev.smolvm.upkeep.Finding;
import java.io.PrintStream;

/** {@code smolvm store check} */
public final class StoreCheck extends DataCommand {
    private final Flag repair = declare.flag(
            "--repair",
            "Remove what is left over and put modes right. What is damaged, and files that are not smolvm's, stay.");
    private final Flag data = declare.flag("--data", "Read all files too, and compare them with their checksums.");

    public StoreCheck() {
        super(
                "Find whatever is missing, damaged, left over or unknown in the store.",
                "Ends with code 5 if something is missing, damaged or planted; with code 4 if something is only left"
                        + " over, unknown, too open or busy; with code 0 if all is well or was repaired. What another"
                        + " command works on is not checked.");
        declare.example("smolvm store check", "Sizes, modes, structure: no file is read whole");
        declare.example("smolvm store check --data", "Every file's checksum too");
        declare.example("smolvm store check --repair", "Remove leftovers");
    }

    @Override
    protected Result result(Session session) throws Exception {
        CheckRequest request = new CheckRequest(data.given(), repair.given());
        CheckReport report =
                session.withProgress(p -> session.library().upkeep().check(request, p));
        return new Result(
                json(report),
                (out, style) -> print(report, out, style),
                report.verdict().map(ErrorKind::exitCode).orElse(0));
    }

    private static Json json(CheckReport report) {
        return Json.object()
                .put(
                        "findings",
                        new Json.Arr(report.findings().stream()
                                .<Json>map(f -> Json.object()
                                        .put("kind", f.kind().label())
                                        .put("path", f.path().toString())
                                        .put("what", f.what())
                                        .put("consequence", f.consequence())
                                        .put("next", f.next().isEmpty() ? Json.NULL : Json.of(f.next()))
                                        .put("repaired", f.repaired())
                                        .build())
                                .toList()))
                .put("files", report.files())
                .put("bytes", report.bytes())
                .build();
    }

    private void print(CheckReport report, PrintStream out, Style style) {
        for (Finding finding : report.findings()) {
            String kind = finding.repaired() ? "repaired" : finding.kind().label();
            out.println((finding.kind().damage() ? style.red(kind) : style.yellow(kind))
                    + Printable.clean(": " + finding.path() + ": " + finding.what() + "; " + finding.consequence()
                            + (finding.next().isEmpty() ? "" : "; next: " + finding.next())));
        }
        long open = report.findings().stream().filter(f -> !f.repaired()).count();
        out.println((open == 0 ? "the store is in order" : open + (open == 1 ? " finding" : " findings")) + " ("
                + report.files() + " files named, " + Printable.size(report.bytes())
                + (data.given() ? ", all read" : "; --data reads their contents too") + ")");
    }
}
