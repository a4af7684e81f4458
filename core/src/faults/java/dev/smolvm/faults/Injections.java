package dev.smolvm.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Where tests say what they did to the tool and what they saw: one line each in {@code target/faults/injections.tsv} of the
 * module, from which {@link FaultReport} makes its tables. A test that sees something else than it should fails as ever.
 */
public final class Injections {
    static final Path FILE = Path.of("target/faults/injections.tsv");

    /** Of the test that runs now. */
    private static final List<Injection> TOLD = new ArrayList<>();

    private record Injection(Case which, String what, String seen) {}

    private Injections() {}

    /**
     * @param what the fault, such as {@code "snapshot create killed at a sync"}: the same for all that belong into one row
     * @param seen how it ended, such as {@code "exit 137, no snapshot"}
     */
    public static void record(Case which, String what, String seen) {
        synchronized (TOLD) {
            TOLD.add(new Injection(which, what, seen));
        }
    }

    /** A test begins: what one that failed has told before counts for nothing. */
    static void begin() {
        synchronized (TOLD) {
            TOLD.clear();
        }
    }

    /**
     * Writes down what a test has told, now that it has passed. If it is about one case and told nothing, its name is the one
     * injection; which of several cases a test injects, it has to tell.
     */
    static void passed(Set<Case> cases, String test, long millis) {
        List<String> lines = new ArrayList<>();
        synchronized (TOLD) {
            TOLD.forEach(i -> lines.add(line("injection", i.which(), i.what(), i.seen(), 0)));
            for (Case which : cases) {
                if (cases.size() == 1 && TOLD.stream().noneMatch(i -> i.which() == which)) {
                    lines.add(line("injection", which, test, "as expected", 0));
                }
                lines.add(line("test", which, test, "passed", millis));
            }
            TOLD.clear();
        }
        try {
            Files.createDirectories(FILE.getParent());
            Files.write(FILE, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String line(String kind, Case which, String what, String seen, long millis) {
        return String.join("\t", kind, which.name(), plain(what), plain(seen), Long.toString(millis));
    }

    private static String plain(String text) {
        return text.replaceAll("[\\s\\p{Cntrl}]+", " ").replace("|", "/").strip();
    }
}
