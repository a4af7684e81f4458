package dev.smolvm.bench.report;

import dev.smolvm.bench.measure.Figure;
import dev.smolvm.bench.measure.Findings;
import dev.smolvm.bench.measure.Spread;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** Findings as rows of text: for a terminal, and with bars between the columns for Markdown. */
final class TextTable {
    static final List<String> HEAD =
            List.of("figure", "who", "unit", "median", "quartiles", "min … max", "n", "smolvm is");

    private TextTable() {}

    /** A row for each contender of each figure. */
    static List<List<String>> rows(Findings.OfScenario scenario) {
        List<List<String>> rows = new ArrayList<>();
        for (Figure figure : scenario.figures()) {
            for (Findings.OfContender contender : scenario.contenders()) {
                contender.of(figure).ifPresent(spread -> rows.add(row(scenario, figure, contender, spread)));
            }
        }
        return rows;
    }

    private static List<String> row(
            Findings.OfScenario scenario, Figure figure, Findings.OfContender contender, Spread spread) {
        OptionalDouble ratio = scenario.ratio(figure, contender);
        return List.of(
                figure.name(),
                contender.name(),
                figure.unit().symbol(),
                Numbers.of(spread.median()),
                Numbers.of(spread.lowerQuartile()) + " … " + Numbers.of(spread.upperQuartile()),
                Numbers.of(spread.min()) + " … " + Numbers.of(spread.max()),
                Integer.toString(spread.samples().size()),
                ratio.isPresent() ? Numbers.ratio(ratio.getAsDouble()) : "");
    }

    /** A line for each contender that did not come to its end. */
    static List<String> troubles(Findings.OfScenario scenario) {
        List<String> lines = new ArrayList<>();
        for (Findings.OfContender contender : scenario.contenders()) {
            contender
                    .trouble()
                    .ifPresent(trouble -> lines.add(
                            switch (trouble) {
                                case Findings.Trouble.CannotRunHere(var text) ->
                                    contender.name() + " cannot run here: " + text;
                                case Findings.Trouble.Failed(var text) -> contender.name() + " failed: " + text;
                            }));
        }
        return lines;
    }

    static String plain(Findings.OfScenario scenario) {
        List<List<String>> all = new ArrayList<>(List.of(HEAD));
        all.addAll(rows(scenario));
        StringBuilder text = new StringBuilder(scenario.title() + "\n");
        if (all.size() > 1) {
            int[] widths = widths(all);
            String previous = "";
            for (List<String> row : all) {
                text.append("  ")
                        .append(line(row, widths, row.getFirst().equals(previous)))
                        .append('\n');
                previous = row.getFirst();
            }
        }
        troubles(scenario).forEach(line -> text.append("  ").append(line).append('\n'));
        return text.toString();
    }

    private static String line(List<String> row, int[] widths, boolean sameFigure) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < row.size(); i++) {
            String cell = i == 0 && sameFigure ? "" : row.get(i);
            boolean left = i < 3;
            line.append(left ? cell : " ".repeat(widths[i] - cell.length()) + cell);
            line.append(left ? " ".repeat(widths[i] - cell.length()) : "").append("  ");
        }
        return line.toString().stripTrailing();
    }

    private static int[] widths(List<List<String>> rows) {
        int[] widths = new int[HEAD.size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        return widths;
    }
}
