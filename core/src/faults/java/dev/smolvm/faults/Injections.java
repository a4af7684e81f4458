package dev.smolvm.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Where tests say what they did to the tool and what they saw: one line each in {@code target/faults/injections.tsv} of the
 * module, from which {@link FaultReport} makes its tables. A test that sees something else than it should fails as ever.
 */
public final class Injections {
    static final Path FILE = Path.of("target/faults/injections.tsv");

    private static final Map<Case, Integer> TOLD = new ConcurrentHashMap<>();

    private Injections() {}

    /**
     * @param what the fault, such as {@code "snapshot create killed at a sync"}: the same for all that belong into one row
     * @param seen how it ended, such as {@code "exit 137, no snapshot"}
     */
    public static void record(Case which, String what, String seen) {
        TOLD.merge(which, 1, Integer::sum);
        append("injection", which, what, seen, 0);
    }

    /** How many there have been, for each case. */
    static Map<Case, Integer> told() {
        return new HashMap<>(TOLD);
    }

    /**
     * Notes that a test has passed. If it is about one case and told nothing, its name is the one injection; which of several
     * cases a test injects, it has to tell.
     */
    static void passed(Set<Case> cases, Map<Case, Integer> before, String test, long millis) {
        for (Case which : cases) {
            if (cases.size() == 1 && before.getOrDefault(which, 0).equals(TOLD.getOrDefault(which, 0))) {
                append("injection", which, test, "as expected", 0);
            }
            append("test", which, test, "passed", millis);
        }
    }

    private static void append(String kind, Case which, String what, String seen, long millis) {
        String line = String.join("\t", kind, which.name(), plain(what), plain(seen), Long.toString(millis)) + "\n";
        try {
            Files.createDirectories(FILE.getParent());
            Files.writeString(FILE, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String plain(String text) {
        return text.replaceAll("[\\s\\p{Cntrl}]+", " ").replace("|", "/").strip();
    }
}
