package dev.smolvm.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.Map;

/** Runs one command again and again, each time killed at its next call, until it ends before it is killed. */
final class KillPoints {
    private static final int TOO_MANY = 200;

    private final Tool tool;
    private final int step;

    private KillPoints(Tool tool, int step) {
        this.tool = tool;
        this.step = step;
    }

    static KillPoints all(Tool tool) {
        return new KillPoints(tool, 1);
    }

    /** Every {@code step}-th call only, for a variant of a command whose calls are all tried elsewhere. */
    static KillPoints everyNth(Tool tool, int step) {
        return new KillPoints(tool, step);
    }

    interface Step {
        void run(String where) throws Exception;
    }

    void run(String what, Step before, Step after, String... command) throws Exception {
        Map<Strace.Calls, Integer> kills = new EnumMap<>(Strace.Calls.class);
        long start = System.nanoTime();
        int offset = 0;
        for (Strace.Calls calls : Strace.Calls.values()) {
            int n = 1 + offset++ % step;
            for (boolean killed = true; killed; n += step) {
                assertThat(n).isLessThan(TOO_MANY);
                String where = what + ", killed at " + calls + " " + n;
                before.run(where);
                Outcome outcome = tool.run(Strace.killAt(calls, n), command);
                killed = outcome.killed();
                if (killed) {
                    kills.merge(calls, 1, Integer::sum);
                    try {
                        after.run(where);
                    } catch (Exception | AssertionError e) {
                        throw new AssertionError(where + ": " + e.getMessage(), e);
                    }
                } else {
                    outcome.succeeded();
                }
            }
        }
        assertThat(kills).as(what).isNotEmpty();
        System.out.printf(
                "%s: killed at %s, %s, %d s%n",
                what,
                kills,
                step == 1 ? "every call" : "every " + step + ". call",
                (System.nanoTime() - start) / 1_000_000_000);
    }
}
