package dev.smolvm.bench;

import dev.smolvm.bench.measure.Form;
import dev.smolvm.bench.measure.Scenario;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is asked of a run.
 *
 * @param out where the findings go as JSON
 * @param page whether docs/benchmarks.md is written
 * @param list only the names of the scenarios are printed
 * @param chosen names of scenarios, or their beginnings; empty: all
 */
record Options(Form form, Optional<Path> out, boolean page, boolean list, List<String> chosen) {
    /** @throws IllegalArgumentException with a message for the user */
    static Options of(List<String> arguments) {
        Form form = Form.FULL;
        Optional<Path> out = Optional.empty();
        boolean page = false;
        boolean list = false;
        List<String> chosen = new ArrayList<>();
        for (var rest = arguments.iterator(); rest.hasNext(); ) {
            String argument = rest.next();
            switch (argument) {
                case "--quick" -> form = Form.QUICK;
                case "--page" -> page = true;
                case "--list" -> list = true;
                case "--out" -> {
                    if (!rest.hasNext()) {
                        throw new IllegalArgumentException("--out takes a file");
                    }
                    out = Optional.of(writable(Path.of(rest.next())));
                }
                default -> {
                    if (argument.startsWith("-")) {
                        throw new IllegalArgumentException("there is no option " + argument);
                    }
                    chosen.add(argument);
                }
            }
        }
        return new Options(form, out, page || form == Form.FULL && chosen.isEmpty(), list, List.copyOf(chosen));
    }

    /** Found out now, and not after half an hour. */
    private static Path writable(Path file) {
        if (!Files.isDirectory(file.toAbsolutePath().getParent())) {
            throw new IllegalArgumentException("the directory of " + file + " is not there");
        }
        return file;
    }

    /**
     * Those that were asked for, in the suite's order: {@code restore} stands for {@code restore-1} and {@code restore-20} too.
     *
     * @throws IllegalArgumentException a name fits none
     */
    List<Scenario> choose(List<Scenario> all) {
        for (String name : chosen) {
            if (all.stream().noneMatch(s -> fits(name, s))) {
                throw new IllegalArgumentException("there is no scenario " + name + "; ./dev bench --list shows all");
            }
        }
        return all.stream()
                .filter(s -> chosen.isEmpty() || chosen.stream().anyMatch(name -> fits(name, s)))
                .toList();
    }

    private static boolean fits(String name, Scenario scenario) {
        return scenario.name().equals(name) || scenario.name().startsWith(name + "-");
    }
}
