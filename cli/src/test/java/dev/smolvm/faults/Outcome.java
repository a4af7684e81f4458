package dev.smolvm.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;

/** How a run of the tool ended. */
record Outcome(List<String> command, int exit, String out, String err, Duration time) {
    static final int KILLED = 137;
    static final int INTERRUPTED = 130;

    Outcome succeeded() {
        return exited(0);
    }

    Outcome exited(int code) {
        assertThat(exit).as("%s", this).isEqualTo(code);
        return this;
    }

    boolean killed() {
        return exit == KILLED;
    }

    @Override
    public String toString() {
        return command + " exited with " + exit + " after " + time.toMillis() + " ms: " + out + err;
    }
}
