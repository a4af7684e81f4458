package dev.smolvm.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Runs one command again and again, each time killed at its next call, until it ends before it is killed. The short form
 * draws some of the calls; renames, which are what makes a change, more often.
 */
final class KillPoints {
    private static final int TOO_MANY = 200;
    private static final int VARIANTS_STEP = 2;
    /** Most operations have fewer calls of a kind in one thread; it comes down to what there is. */
    private static final int MOST = 12;

    private final Tool tool;
    private final Operation operation;

    KillPoints(Tool tool, Operation operation) {
        this.tool = tool;
        this.operation = operation;
    }

    void run() throws Exception {
        Map<Strace.Calls, Integer> kills = new EnumMap<>(Strace.Calls.class);
        for (Strace.Calls calls : Strace.Calls.CHANGES) {
            kills.put(calls, Form.isLong() ? each(calls) : some(calls));
        }
        System.out.println(operation + ": killed at " + kills);
        assertThat(kills.values().stream().mapToInt(i -> i).sum())
                .as(operation.name())
                .isPositive();
    }

    private int each(Strace.Calls calls) throws Exception {
        int kills = 0;
        for (int n = 1; killAt(calls, n); n += operation.variant() ? VARIANTS_STEP : 1) {
            kills++;
            assertThat(n).isLessThan(TOO_MANY);
        }
        return kills;
    }

    private int some(Strace.Calls calls) throws Exception {
        Random random = new Random(Form.day() * 31 + operation.name().hashCode() + calls.ordinal());
        int wanted = wanted(calls);
        int most = MOST;
        int kills = 0;
        while (kills < wanted && most > 0) {
            int n = 1 + random.nextInt(most);
            if (killAt(calls, n)) {
                kills++;
            } else {
                most = n - 1;
            }
        }
        return kills;
    }

    private int wanted(Strace.Calls calls) {
        return calls == Strace.Calls.RENAME || !operation.variant() && calls == other() ? 1 : 0;
    }

    /** The kind of call that has its turn beside renames. */
    private Strace.Calls other() {
        List<Strace.Calls> others = Strace.Calls.CHANGES.stream()
                .filter(c -> c != Strace.Calls.RENAME)
                .toList();
        return others.get(Math.floorMod(Form.day() + operation.name().hashCode(), others.size()));
    }

    /** Whether there was such a call. */
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
