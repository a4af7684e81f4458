package dev.smolvm.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.Map;

/**
 * Runs one command again and again, each time killed at its next call, until it ends before it is killed. In the short form
 * most calls are left to other days; renames, which are what makes a change, are tried more often.
 */
final class KillPoints {
    private static final int TOO_MANY = 200;
    private static final int RENAMES_IN_SHORT = 2;
    private static final int OTHERS_IN_SHORT = 8;
    private static final int VARIANTS_IN_SHORT = 12;
    private static final int VARIANTS_IN_LONG = 2;

    private final Tool tool;
    private final Operation operation;

    KillPoints(Tool tool, Operation operation) {
        this.tool = tool;
        this.operation = operation;
    }

    private int step(Strace.Calls calls) {
        if (operation.variant()) {
            return Form.of(VARIANTS_IN_SHORT, VARIANTS_IN_LONG);
        }
        return Form.of(calls == Strace.Calls.RENAME ? RENAMES_IN_SHORT : OTHERS_IN_SHORT, 1);
    }

    void run() throws Exception {
        Map<Strace.Calls, Integer> kills = new EnumMap<>(Strace.Calls.class);
        for (Strace.Calls calls : Strace.Calls.CHANGES) {
            int step = step(calls);
            // Not the same for all: an operation has few calls of some kinds.
            int first = 1 + (int) ((Form.day() + operation.name().hashCode()) & 0xFFFF) % step;
            boolean killed = true;
            for (int n = first; killed; n += step) {
                assertThat(n).isLessThan(TOO_MANY);
                killed = killAt(calls, n);
                kills.merge(calls, killed ? 1 : 0, Integer::sum);
            }
        }
        System.out.println(operation + ": killed at " + kills);
        assertThat(kills.values().stream().mapToInt(i -> i).sum())
                .as(operation.name())
                .isPositive();
    }

    private boolean killAt(Strace.Calls calls, int n) throws Exception {
        String where = operation + ", killed at " + calls + " " + n;
        operation.before().run(where);
        Outcome outcome = tool.run(Strace.killAt(calls, n), operation.command());
        if (!outcome.killed()) {
            outcome.succeeded();
            return false;
        }
        try {
            String seen = operation.after().run(where);
            Injections.record(Case.F01, operation + " killed at a " + calls.label(), seen);
            return true;
        } catch (Exception | AssertionError e) {
            throw new AssertionError(where + ": " + e.getMessage(), e);
        }
    }
}
