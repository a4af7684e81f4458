package dev.smolvm.bench.report;

import dev.smolvm.bench.lab.Machine;
import dev.smolvm.bench.measure.Findings;
import java.util.List;

/** Findings as the page docs/benchmarks.md. */
final class MarkdownReport {
    private MarkdownReport() {}

    static String of(Machine machine, Findings findings) {
        StringBuilder page = new StringBuilder(
                """
                # Benchmarks

                Written by `./dev bench%s` on %s, in %d minutes, as [benchmarks-format.md](benchmarks-format.md) says. Whoever runs it gets
                this page for their own machine.

                All who are compared in a plot took turns in the same run. *Floors* are the least that an operation takes on this
                machine: done by hand, with raw QMP, plain reads and plain writes, without the library. *smolvm is* says how many times
                the other one's median ours is: below 1 is better where less is better, above 1 where more is.

                | machine | |
                |---|---|
                """
                        .formatted(
                                findings.form().choose(" --quick", ""),
                                findings.start().toString().substring(0, 10),
                                Math.max(1, findings.took().toMinutes())));
        machine.facts().forEach((name, value) -> page.append("| %s | %s |\n".formatted(cell(name), cell(value))));
        findings.scenarios().forEach(scenario -> section(page, scenario));
        return page.toString();
    }

    private static void section(StringBuilder page, Findings.OfScenario scenario) {
        page.append("\n## ").append(scenario.title()).append("\n");
        List<List<String>> rows = TextTable.rows(scenario);
        if (!rows.isEmpty()) {
            page.append("\n![")
                    .append(scenario.title())
                    .append("](")
                    .append(image(scenario))
                    .append(")\n\n");
            page.append(line(TextTable.HEAD)).append("|---|---|---|--:|--:|--:|--:|--:|\n");
            rows.forEach(row -> page.append(line(row)));
        }
        for (String trouble : TextTable.troubles(scenario)) {
            page.append("\n- ").append(cell(trouble)).append("\n");
        }
    }

    /** From the page's directory. */
    static String image(Findings.OfScenario scenario) {
        return "images/bench-" + scenario.name() + ".svg";
    }

    private static String line(List<String> cells) {
        return "| "
                + String.join(" | ", cells.stream().map(MarkdownReport::cell).toList()) + " |\n";
    }

    /** On one line, and without what would end the cell. */
    private static String cell(String text) {
        return text.replace("|", "\\|").replaceAll("\\s+", " ").strip();
    }
}
