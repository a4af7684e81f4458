package dev.smolvm.cli.command.snapshot;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Flag;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.declare.Values;
import dev.smolvm.cli.output.Envelope;
import dev.smolvm.cli.output.Printable;
import dev.smolvm.cli.output.Style;
import dev.smolvm.cli.output.Table;
import dev.smolvm.cli.session.Session;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.history.PruneDecision;
import dev.smolvm.history.PruneReport;
import dev.smolvm.history.RetentionRules;
import dev.smolvm.json.Json;
import dev.smolvm.snapshot.LabelMatch;
import dev.smolvm.store.SandboxName;
import java.io.PrintStream;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Optional;

/** {@code smolvm sandbox snapshot prune} */
public final class SnapshotPrune extends DataCommand {
    private final Value<SandboxName> sandbox = declare.optionalParameter(
            "SANDBOX",
            SandboxName::new,
            "Only this sandbox's, deleted or not (default: each sandbox's by themselves).");
    private final Value<Integer> keepLast =
            declare.option("--keep-last", "N", Converters::positive, "Keep the newest N.");
    private final Value<Integer> keepHourly = declare.option(
            "--keep-hourly",
            "N",
            Converters::positive,
            "Keep the newest of each hour, for the latest N that have any.");
    private final Value<Integer> keepDaily = declare.option(
            "--keep-daily", "N", Converters::positive, "Keep the newest of each day, for the latest N that have any.");
    private final Value<Duration> olderThan = declare.option(
            "--older-than", "TIME", Converters::period, "Remove only what is older, such as 12h, 7d or 2w.");
    private final Flag expired = declare.flag(
            "--expired", "Remove what has expired. Any prune does; this one nothing else, if no other rule is given.");
    private final Values<LabelMatch> keepLabels = declare.repeated(
            "--keep-label", "KEY[=VALUE]", LabelMatch::parse, "Keep what has this label, expired or not; repeatable.");
    private final Flag dryRun =
            declare.flag("--dry-run", "Remove nothing, and show what would become of each, and why.");

    public SnapshotPrune() {
        super(
                "Remove the snapshots that no rule keeps.",
                "What any rule keeps stays. What has expired ('--expires') goes, and is not counted by the rules. Never"
                        + " removed: what a diff that stays needs, and what a sandbox was last saved to or restored from"
                        + " (its next diff would hold all memory). Hours and days are those of the local time zone. One"
                        + " that is in use just now is reported, and the others still go.");
        declare.example("smolvm sandbox snapshot prune web --keep-last 5 --dry-run", "What would go?");
        declare.example(
                "smolvm sandbox snapshot prune --keep-hourly 24 --keep-daily 7", "A day by hours, a week by days");
        declare.example(
                "smolvm sandbox snapshot prune --older-than 2w --keep-label release", "What is old, but releases");
    }

    @Override
    protected Result result(Session session) throws Exception {
        RetentionRules rules = new RetentionRules(
                keepLast.or(0),
                keepHourly.or(0),
                keepDaily.or(0),
                olderThan.optional(),
                expired.given(),
                keepLabels.get(),
                Optional.empty(),
                ZoneId.systemDefault());
        PruneReport report = session.withProgress(
                p -> session.library().history().prune(sandbox.optional(), rules, dryRun.given(), p));
        int exitCode = report.failed().stream()
                .findFirst()
                .flatMap(PruneDecision::failure)
                .map(e -> e.kind().exitCode())
                .orElse(0);
        return new Result(data(report), (out, style) -> print(report, out, style), exitCode);
    }

    private Json data(PruneReport report) {
        return Json.object()
                .put("dry_run", dryRun.given())
                .put("freed_bytes", report.freedBytes())
                .put(
                        "snapshots",
                        new Json.Arr(report.decisions().stream()
                                .map(SnapshotPrune::json)
                                .toList()))
                .build();
    }

    private static Json json(PruneDecision decision) {
        return Json.object()
                .put("action", decision.remove() ? "remove" : "keep")
                .put("reasons", Json.ofStrings(decision.reasons()))
                .put("error", decision.failure().map(Envelope::error).orElse(Json.NULL))
                .put("snapshot", SnapshotOutput.json(decision.snapshot()))
                .build();
    }

    private void print(PruneReport report, PrintStream out, Style style) {
        Table table = new Table("", "ID", "SANDBOX", "TYPE", "CREATED", "SIZE", "WHY");
        for (PruneDecision decision : report.decisions()) {
            table.row(
                    action(decision),
                    decision.snapshot().id().value(),
                    decision.snapshot().sandbox().value(),
                    decision.snapshot().type().label(),
                    Printable.time(decision.snapshot().createdAt()),
                    Printable.size(decision.snapshot().ownBytes()),
                    decision.failure().map(SmolVmException::getMessage).orElse(String.join("; ", decision.reasons())));
        }
        table.print(out, style);
        int removed = report.removed().size();
        int failed = report.failed().size();
        int kept = report.decisions().size() - removed - failed;
        out.println(removed + (dryRun.given() ? " to remove (" : " removed (") + Printable.size(report.freedBytes())
                + "), " + kept + " kept" + (failed == 0 ? "" : ", " + failed + " could not be removed"));
    }

    private static String action(PruneDecision decision) {
        if (decision.failure().isPresent()) {
            return "failed";
        }
        return decision.remove() ? "remove" : "keep";
    }
}
