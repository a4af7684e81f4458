package dev.smolvm.cli.command.host;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Flag;
import dev.smolvm.cli.output.Printable;
import dev.smolvm.cli.output.Style;
import dev.smolvm.cli.session.Session;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.host.Check;
import dev.smolvm.json.Json;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** {@code smolvm doctor} */
public final class Doctor extends DataCommand {
    private final Flag strict = declare.flag("--strict", "Fail on warnings too.");

    public Doctor() {
        super(
                "Check this machine: programs, accelerator, space, file system, store.",
                "Each missing piece is named with the command that installs it. Exits with code 11 if something is"
                        + " missing.");
        declare.example("smolvm doctor", "What is there, what is missing, and why KVM is used or not");
        declare.example("smolvm doctor --strict --json", "For a script that wants all to be well");
    }

    @Override
    protected Result result(Session session) {
        List<Check> checks = session.surroundings().hostChecks().get();
        boolean fails = false;
        List<Json> items = new ArrayList<>();
        for (Check check : checks) {
            fails |= check.status() == Check.Status.FAIL || (strict.given() && check.status() == Check.Status.WARN);
            items.add(check.toJson());
        }
        return new Result(
                Json.object().put("checks", new Json.Arr(items)).build(),
                (out, style) -> print(checks, out, style),
                fails ? ErrorKind.UNSUPPORTED.exitCode() : 0);
    }

    private static void print(List<Check> checks, PrintStream out, Style style) {
        int width = 0;
        for (Check check : checks) {
            width = Math.max(width, check.title().length());
        }
        for (Check check : checks) {
            String mark =
                    switch (check.status()) {
                        case OK -> style.green("ok     ");
                        case WARN -> style.yellow("warning");
                        case FAIL -> style.red("missing");
                    };
            String gap = " ".repeat(width - check.title().length() + 2);
            out.println(mark + "  " + check.title() + gap + Printable.clean(check.detail()));
            if (!check.fix().isEmpty()) {
                out.println(" ".repeat(width + 11) + "-> " + Printable.clean(check.fix()));
            }
        }
    }
}
