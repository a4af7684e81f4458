package dev.smolvm.bench.scenario;

import dev.smolvm.bench.measure.Form;
import dev.smolvm.bench.measure.Scenario;
import java.util.List;

/** The suite. */
public final class Scenarios {
    private Scenarios() {}

    /** In the order in which they are measured and shown. */
    public static List<Scenario> all(Form form) {
        return List.of(new Exec());
    }
}
