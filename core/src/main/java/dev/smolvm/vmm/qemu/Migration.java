package dev.smolvm.vmm.qemu;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/** A migration that saves memory, once it has begun: waited for, told how much may be left for the pause, and cancelled. */
final class Migration {
    /** What may be left to write when the guest is stopped, in milliseconds of writing. */
    static final int PAUSE_GOAL_MS = 2;
    /** For a guest that after so many passes over what it changed still changes more meanwhile. */
    private static final int RELAXED_GOAL_MS = 10;

    private static final int PASSES_BEFORE_RELAXING = 6;
    /** A guest that changes memory faster than it can be written is given this long, then the goal is relaxed step by step. */
    private static final Duration CONVERGENCE = Duration.ofSeconds(10);

    private static final Duration CAPTURE_DEADLINE = Duration.ofMinutes(15);
    private static final Duration STEP = Duration.ofMillis(500);
    /** Before the guest is stopped for the last pass. */
    private static final Set<String> PASSING = Set.of("setup", "active");
    /** More than enough for what the writing threads still have in hand, a megabyte at most. */
    private static final Duration WRITERS_DONE = Duration.ofMillis(100);

    private static final Set<String> ENDED = Set.of("none", "completed", "failed", "cancelled");
    /** Event: another pass over memory begins. */
    private static final String PASS = "MIGRATION_PASS";

    private static final int MAX_PAUSE_GOAL_MS = 2_000_000;

    private final QmpClient qmp;

    Migration(QmpClient qmp) {
        this.qmp = qmp;
    }

    /** Waits until the guest is stopped with its last changes still to be written. */
    void awaitLastPass() {
        long start = System.nanoTime();
        int goal = PAUSE_GOAL_MS;
        while (true) {
            Optional<QmpClient.Event> event = nextEvent(Set.of("MIGRATION", PASS), STEP);
            if (event.isPresent() && event.get().name().equals(PASS)) {
                if (event.get().data().integer("pass") > PASSES_BEFORE_RELAXING && goal < RELAXED_GOAL_MS) {
                    goal = RELAXED_GOAL_MS;
                    setGoal(goal);
                }
            } else {
                switch (status(event)) {
                    case "pre-switchover" -> {
                        return;
                    }
                    case "failed", "cancelled" -> throw failure();
                    default -> {}
                }
            }
            Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
            if (elapsed.compareTo(CAPTURE_DEADLINE) > 0) {
                throw new SmolVmException(
                        ErrorKind.GUEST_UNRESPONSIVE,
                        "memory could not be saved within " + CAPTURE_DEADLINE.toMinutes() + " minutes",
                        "pause the sandbox first: smolvm sandbox pause NAME");
            }
            if (elapsed.compareTo(CONVERGENCE) > 0 && goal < MAX_PAUSE_GOAL_MS) {
                goal = Math.min(2 * goal, MAX_PAUSE_GOAL_MS);
                setGoal(goal);
            }
        }
    }

    private void setGoal(int millis) {
        qmp.execute("migrate-set-parameters", Json.object().put("downtime-limit", millis));
    }

    void awaitCompleted() {
        long start = System.nanoTime();
        while (System.nanoTime() - start < CAPTURE_DEADLINE.toNanos()) {
            switch (status(nextEvent(Set.of("MIGRATION"), STEP))) {
                case "completed" -> {
                    return;
                }
                case "failed", "cancelled" -> throw failure();
                default -> {}
            }
        }
        throw failure();
    }

    /** Empty when none comes in time. */
    private Optional<QmpClient.Event> nextEvent(Set<String> names, Duration limit) {
        try {
            return Optional.of(qmp.awaitEvent(e -> names.contains(e.name()), limit, "a migration event"));
        } catch (SmolVmException e) {
            if (e.kind() != ErrorKind.GUEST_UNRESPONSIVE) {
                throw e;
            }
            return Optional.empty();
        }
    }

    /** That of a migration event, or else the present one. */
    private String status(Optional<QmpClient.Event> event) {
        return event.isPresent() ? event.get().data().string("status") : status();
    }

    private SmolVmException failure() {
        JsonFields migration = qmp.execute("query-migrate");
        String reason = migration
                .optionalString("error-desc")
                .orElse(migration.optionalString("status").orElse("no reason given"));
        boolean full = reason.contains("No space left");
        return new SmolVmException(
                full ? ErrorKind.NO_SPACE : ErrorKind.UNEXPECTED,
                "QEMU cannot save memory: " + reason,
                full ? "free some space, then run the same command again" : "run it again with --verbose");
    }

    /**
     * Cancels only where QEMU pauses before the last pass. In the middle of a pass QEMU 10.0 frees the bitmap that its writing
     * threads set bits in ({@code RAMBlock.file_bmap}), and one cancellation in fifty ended it with a segmentation fault.
     */
    void cancel() {
        String status = status();
        if (PASSING.contains(status)) {
            // Whatever is left fits into this, so there is no further pass.
            setGoal(MAX_PAUSE_GOAL_MS);
            status = awaitStatus(s -> !PASSING.contains(s));
        }
        if (status.equals("pre-switchover")) {
            sleep(WRITERS_DONE);
            qmp.execute("migrate_cancel");
        }
        awaitStatus(ENDED::contains);
    }

    String status() {
        return qmp.execute("query-migrate").optionalString("status").orElse("none");
    }

    /** The first such status, or the one at the deadline. */
    private String awaitStatus(Predicate<String> wanted) {
        long start = System.nanoTime();
        String status = status();
        while (!wanted.test(status) && System.nanoTime() - start < QmpClient.COMMAND_DEADLINE.toNanos()) {
            sleep(Duration.ofMillis(5));
            status = status();
        }
        return status;
    }

    private static void sleep(Duration time) {
        LockSupport.parkNanos(time.toNanos());
    }
}
