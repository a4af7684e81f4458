package dev.smolvm.bench.report;

import dev.smolvm.bench.lab.Machine;
import dev.smolvm.bench.measure.Findings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** All forms in which findings are shown. */
public final class Reports {
    private Reports() {}

    /** A table for a terminal, with a line for each contender that did not come to its end. */
    public static String table(Findings.OfScenario scenario) {
        return TextTable.plain(scenario);
    }

    public static String facts(Machine machine) {
        StringBuilder text = new StringBuilder();
        machine.facts().forEach((name, value) -> text.append(name + ": " + value + "\n"));
        return text.toString();
    }

    public static void writeJson(Path file, Machine machine, Findings findings) throws IOException {
        Files.writeString(file, JsonReport.of(machine, findings).pretty());
    }

    /**
     * Writes {@code benchmarks.md} and its plots, {@code images/bench-*.svg}, in place of those that are there.
     *
     * @param docs the directory of the documentation
     */
    public static void writePage(Path docs, Machine machine, Findings findings) throws IOException {
        Path images = Files.createDirectories(docs.resolve("images"));
        try (Stream<Path> old = Files.list(images)) {
            List<Path> plots = old.filter(p -> p.getFileName().toString().matches("bench-.*\\.svg"))
                    .toList();
            for (Path plot : plots) {
                Files.delete(plot);
            }
        }
        for (Findings.OfScenario scenario : findings.scenarios()) {
            if (!scenario.figures().isEmpty()) {
                Files.writeString(
                        docs.resolve(MarkdownReport.image(scenario)), SvgPlot.of(scenario, machine.oneLine()));
            }
        }
        Files.writeString(docs.resolve("benchmarks.md"), MarkdownReport.of(machine, findings));
    }
}
