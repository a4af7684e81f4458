package dev.smolvm.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Turns what tests told {@link Injections} into docs/faults.md: {@code FaultReport OUTPUT TEXT... -- FILE...}, where each text
 * is a fact about the run. A case of which nothing was told is a failure: what was not injected has not been survived.
 */
public final class FaultReport {
    private static final int COLUMNS = 5;

    private final Map<Case, Row> rows = new EnumMap<>(Case.class);

    private static final class Row {
        private final Map<String, Map<String, Integer>> seen = new TreeMap<>();
        private final Set<String> tests = new TreeSet<>();
        private int injections;
        private long millis;
    }

    private FaultReport() {}

    public static void main(String[] arguments) throws IOException {
        List<String> all = List.of(arguments);
        int divide = all.indexOf("--");
        FaultReport report = new FaultReport();
        for (String file : all.subList(divide + 1, all.size())) {
            report.add(Files.readAllLines(Path.of(file)));
        }
        Files.writeString(Path.of(all.getFirst()), report.text(LocalDate.now(), all.subList(1, divide)));
        Set<Case> missing = report.missing();
        if (!missing.isEmpty()) {
            System.err.println("error: nothing was injected for " + missing);
            System.exit(1);
        }
    }

    static FaultReport of(List<String> lines) {
        FaultReport report = new FaultReport();
        report.add(lines);
        return report;
    }

    private void add(List<String> lines) {
        for (String line : lines) {
            String[] words = line.split("\t", -1);
            if (words.length != COLUMNS) {
                throw new IllegalArgumentException("not a line of Injections: " + line);
            }
            Row row = rows.computeIfAbsent(Case.valueOf(words[1]), _ -> new Row());
            switch (words[0]) {
                case "injection" -> {
                    row.injections++;
                    row.seen.computeIfAbsent(words[2], _ -> new TreeMap<>()).merge(words[3], 1, Integer::sum);
                }
                case "test" -> {
                    row.tests.add(words[2]);
                    row.millis += Long.parseLong(words[4]);
                }
                default -> throw new IllegalArgumentException("not a line of Injections: " + line);
            }
        }
    }

    Set<Case> missing() {
        Set<Case> missing = EnumSet.allOf(Case.class);
        missing.removeIf(c -> rows.containsKey(c) && rows.get(c).injections > 0);
        return missing;
    }

    String text(LocalDate date, List<String> facts) {
        StringBuilder text = new StringBuilder("# Faults\n\n");
        text.append("What was done to smolvm and what was seen, written by `./dev faults` on ")
                .append(date)
                .append(". Every line is the work of a test that passed.\n\n");
        facts.forEach(f -> text.append("- ").append(f).append('\n'));
        text.append("\nA test that shows several cases counts for each of them, with all of its time.\n\n");
        text.append("| | fault | expected | injected | tests | time |\n|---|---|---|---|---|---|\n");
        for (Case which : Case.values()) {
            Row row = rows.getOrDefault(which, new Row());
            text.append("| %s | %s | %s | %s | %d | %s |%n"
                    .formatted(
                            which,
                            which.fault(),
                            which.expected(),
                            row.injections == 0 ? "**none**" : Integer.toString(row.injections),
                            row.tests.size(),
                            time(row.millis)));
        }
        rows.forEach((which, row) -> details(text, which, row));
        return text.toString();
    }

    private static void details(StringBuilder text, Case which, Row row) {
        text.append("\n## ").append(which).append(": ").append(which.fault()).append("\n\n");
        text.append("| injected | times | seen |\n|---|---|---|\n");
        row.seen.forEach((what, ends) -> {
            List<String> shown = new ArrayList<>();
            ends.forEach((end, times) -> shown.add(ends.size() == 1 ? end : end + " (" + times + ")"));
            int times = ends.values().stream().mapToInt(i -> i).sum();
            text.append("| %s | %d | %s |%n".formatted(what, times, String.join("; ", shown)));
        });
    }

    private static String time(long millis) {
        long seconds = (millis + 500) / 1000;
        return seconds < 1 ? "< 1 s" : seconds < 120 ? seconds + " s" : (seconds + 30) / 60 + " min";
    }
}
