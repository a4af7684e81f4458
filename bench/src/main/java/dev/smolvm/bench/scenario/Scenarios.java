package dev.smolvm.bench.scenario;

import dev.smolvm.bench.function.Functions;
import dev.smolvm.bench.measure.Form;
import dev.smolvm.bench.measure.Scenario;
import java.util.ArrayList;
import java.util.List;

/** The suite. */
public final class Scenarios {
    private static final Shape SMALL = new Shape(512, 120);
    private static final Shape LARGE = new Shape(4096, 1400);
    private static final Shape LARGE_QUICK = new Shape(4096, 256);

    private Scenarios() {}

    /** In the order in which they are measured and shown. */
    public static List<Scenario> all(Form form) {
        Shape large = form.choose(LARGE_QUICK, LARGE);
        List<Scenario> all = new ArrayList<>(List.of(
                new Create(),
                new Exec(),
                new Transfer(form.choose(32, 256)),
                new SaveSnapshot(SMALL),
                new SaveSnapshot(large),
                new Restore(SMALL, 1),
                new Restore(large, 1),
                new Restore(SMALL, 5),
                new Restore(SMALL, 20),
                new DebianGuest(SMALL),
                new Fork(1),
                new Fork(10)));
        if (form == Form.FULL) {
            all.add(new Fork(50));
        }
        all.addAll(List.of(
                new DiffChain(false),
                new DiffChain(true),
                new Archive(SMALL.filledMib()),
                new Verify(SMALL.filledMib()),
                new CommandLine(10),
                new CommandLine(100),
                new CommandLine(1_000),
                new Functions()));
        return all;
    }
}
