package dev.smolvm.vmm.qemu;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.os.DirectIo;
import dev.smolvm.os.SparseCopy;
import dev.smolvm.os.Uninterrupted;
import dev.smolvm.vmm.CapturedState;
import dev.smolvm.vmm.VmState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * Saves a machine while its guest runs: a {@code mapped-ram} migration to a file, during which pages that change are written
 * again in place. Only for its last pass the guest stands still; then the disks move to new layers and the device state is
 * written beside the memory. DESIGN: docs/format.md, "How a snapshot is taken".
 *
 * <p>Disks that are copied take another moment of the same standstill: a migration ends with QEMU letting go of all its disks,
 * and fails where a copy is still being written. So they move and are copied once it is over and the disks are taken back; the
 * copies then go on while the guest runs. A QEMU that can only take disks back by running the guest has to copy before it
 * saves, all while the guest stands still.
 *
 * <p>A QEMU without {@code mapped-ram} sends a plain stream, from a guest that is stopped first.
 */
final class LiveCapture {
    private static final long UNLIMITED = Long.MAX_VALUE;
    /** What may be left to write when the guest is stopped, in milliseconds of writing. */
    private static final int PAUSE_GOAL_MS = 10;
    /** A guest that changes memory faster than it can be written is given this long, then the goal is relaxed step by step. */
    private static final Duration CONVERGENCE = Duration.ofSeconds(10);

    private static final Duration CAPTURE_DEADLINE = Duration.ofMinutes(15);
    private static final Duration STEP = Duration.ofMillis(500);
    /** Before the guest is stopped for the last pass. */
    private static final Set<String> PASSING = Set.of("setup", "active");
    /** More than enough for what the writing threads still have in hand, a megabyte at most. */
    private static final Duration WRITERS_DONE = Duration.ofMillis(100);

    private static final Set<String> ENDED = Set.of("none", "completed", "failed", "cancelled");
    /** QEMU's state of a guest that it left stopped after it saved it. It cannot be saved again before it ran. */
    private static final String POSTMIGRATE = "postmigrate";

    private static final int MAX_PAUSE_GOAL_MS = 2_000_000;

    private final QmpClient qmp;
    private final QemuBinary binary;
    private final LayerSwitch layers;
    private final CopyJobs copies;

    LiveCapture(QmpClient qmp, QemuBinary binary, LayerSwitch layers, CopyJobs copies) {
        this.qmp = qmp;
        this.binary = binary;
        this.layers = layers;
        this.copies = copies;
    }

    CapturedState run(Path directory, boolean resume, SparseCopy.Listener listener) {
        Path memory = directory.resolve("memory");
        if (binary.mappedRam()) {
            return run(directory, resume, listener, new MemoryTarget.Mapped(memory));
        }
        try (RamStream stream = RamStream.into(memory)) {
            return run(directory, resume, listener, new MemoryTarget.Streamed(memory, stream));
        } catch (IOException e) {
            throw SmolVmException.of("save memory to " + memory, e);
        }
    }

    private CapturedState run(Path directory, boolean resume, SparseCopy.Listener listener, MemoryTarget target) {
        Path deviceState = directory.resolve("device.state");
        if (QemuVm.status(qmp).equals(POSTMIGRATE)) {
            qmp.execute("cont");
            qmp.execute("stop");
        }
        boolean wasRunning = QemuVm.state(qmp) == VmState.RUNNING;
        qmp.forgetEvents();
        layers.prepare();
        try {
            copies.prepare();
            if (standsStill()) {
                qmp.execute("stop");
            }
            if (!copies.isEmpty() && !binary.setActive()) {
                layers.commit(copies.actions());
                copies.await(listener);
            }
            configure(directory);
            qmp.execute("migrate", Json.object().put("uri", target.uri()));
            awaitLastPass();
            if (copies.isEmpty()) {
                layers.commit();
            }
            qmp.execute(
                    "xen-save-devices-state",
                    Json.object().put("filename", deviceState.toString()).put("live", false));
            qmp.execute("migrate-continue", Json.object().put("state", "pre-switchover"));
            awaitCompleted();
            if (!copies.isEmpty() && binary.setActive()) {
                takeDisksBack(false);
                layers.commit(copies.actions());
            }
            takeDisksBack(wasRunning && resume);
            Duration pause = wasRunning && resume ? pause() : Duration.ZERO;
            layers.sealLower();
            MemoryTarget.Saved saved = target.finish();
            copies.await(listener);
            return new CapturedState(
                    deviceState, target.memory(), saved.offset(), saved.bytes(), true, pause, saved.form());
        } catch (IOException e) {
            SmolVmException failure = SmolVmException.of("save memory to " + target.memory(), e);
            Uninterrupted.run(() -> undo(wasRunning, failure));
            throw failure;
        } catch (RuntimeException caught) {
            RuntimeException e = target.reason(caught);
            // An interruption would close the connection by which it is undone.
            Uninterrupted.run(() -> undo(wasRunning, e));
            throw e;
        }
    }

    /**
     * Whether the guest has to be stopped before anything is saved. From memory that QEMU 7.2 sent while its guest ran under TCG
     * and wrote much, two of three restored guests crashed; of those that were stopped first none did.
     */
    private boolean standsStill() {
        return !binary.mappedRam() || !copies.isEmpty() && !binary.setActive();
    }

    private void configure(Path directory) throws IOException {
        qmp.execute(
                "migrate-set-capabilities",
                binary.mappedRam()
                        ? QemuVm.capabilities("events", "mapped-ram", "multifd", "pause-before-switchover")
                        : QemuVm.capabilities("events", "pause-before-switchover"));
        Json.Builder parameters = Json.object()
                .put("max-bandwidth", UNLIMITED)
                .put("downtime-limit", PAUSE_GOAL_MS)
                .put("multifd-channels", 2);
        if (binary.directIo()) {
            // Through the page cache the kernel throttles the last pass of a large guest for a second and more.
            parameters.put("direct-io", DirectIo.worksIn(directory));
        }
        qmp.execute("migrate-set-parameters", parameters);
    }

    /** Waits until the guest is stopped with its last changes still to be written. */
    private void awaitLastPass() {
        long start = System.nanoTime();
        int goal = PAUSE_GOAL_MS;
        while (true) {
            String status = nextStatus(STEP);
            switch (status) {
                case "pre-switchover" -> {
                    return;
                }
                case "failed", "cancelled" -> throw failure();
                default -> {}
            }
            Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
            if (elapsed.compareTo(CAPTURE_DEADLINE) > 0) {
                throw new SmolVmException(
                        ErrorKind.GUEST_UNRESPONSIVE,
                        "memory could not be saved within " + CAPTURE_DEADLINE.toMinutes() + " minutes",
                        "pause the sandbox first: smolvm sandbox pause NAME");
            }
            if (elapsed.compareTo(CONVERGENCE) > 0 && goal < MAX_PAUSE_GOAL_MS) {
                goal *= 2;
                qmp.execute("migrate-set-parameters", Json.object().put("downtime-limit", goal));
            }
        }
    }

    private void awaitCompleted() {
        long start = System.nanoTime();
        while (System.nanoTime() - start < CAPTURE_DEADLINE.toNanos()) {
            switch (nextStatus(STEP)) {
                case "completed" -> {
                    return;
                }
                case "failed", "cancelled" -> throw failure();
                default -> {}
            }
        }
        throw failure();
    }

    /** The status of the next migration event, or the present one when none comes. */
    private String nextStatus(Duration limit) {
        try {
            return qmp.awaitEvent(e -> e.name().equals("MIGRATION"), limit, "a migration event")
                    .data()
                    .string("status");
        } catch (SmolVmException e) {
            if (e.kind() != ErrorKind.GUEST_UNRESPONSIVE) {
                throw e;
            }
            return qmp.execute("query-migrate").optionalString("status").orElse("none");
        }
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

    /** From the moment QEMU stopped the guest to the moment it ran again, by QEMU's own clock. */
    private Duration pause() {
        long stopped = qmp.awaitEvent(e -> e.name().equals("STOP"), STEP, "the guest's stop")
                .micros();
        long resumed = qmp.awaitEvent(e -> e.name().equals("RESUME"), STEP, "the guest's resumption")
                .micros();
        return Duration.of(resumed - stopped, java.time.temporal.ChronoUnit.MICROS);
    }

    /** After a migration QEMU has let go of the disks; running takes them back. */
    private void takeDisksBack(boolean run) {
        awaitFinalized();
        if (run) {
            qmp.execute("cont");
        } else if (binary.setActive()) {
            qmp.execute("blockdev-set-active", Json.object().put("active", true));
        } else {
            qmp.execute("cont");
            qmp.execute("stop");
        }
    }

    /** QEMU reports a migration as completed shortly before it lets its machine run again. */
    private void awaitFinalized() {
        long start = System.nanoTime();
        while (QemuVm.status(qmp).equals("finish-migrate")
                && System.nanoTime() - start < QmpClient.COMMAND_DEADLINE.toNanos()) {
            Thread.onSpinWait();
        }
    }

    private void undo(boolean wasRunning, RuntimeException failure) {
        try {
            cancel();
            copies.abandon();
            layers.abandon();
            takeDisksBack(wasRunning);
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    /** Ends a capture that another process began. */
    void abandon() {
        copies.abandon();
        String status = qmp.execute("query-migrate").optionalString("status").orElse("none");
        if (status.equals("none")) {
            return;
        }
        cancel();
        awaitFinalized();
        if (QemuVm.status(qmp).equals(POSTMIGRATE)) {
            takeDisksBack(false);
        }
    }

    /**
     * Cancels only where QEMU pauses before the last pass. In the middle of a pass QEMU 10.0 frees the bitmap that its writing
     * threads set bits in ({@code RAMBlock.file_bmap}), and one cancellation in fifty ended it with a segmentation fault.
     */
    private void cancel() {
        String status = migration();
        if (PASSING.contains(status)) {
            // Whatever is left fits into this, so there is no further pass.
            qmp.execute("migrate-set-parameters", Json.object().put("downtime-limit", MAX_PAUSE_GOAL_MS));
            status = awaitStatus(s -> !PASSING.contains(s));
        }
        if (status.equals("pre-switchover")) {
            sleep(WRITERS_DONE);
            qmp.execute("migrate_cancel");
        }
        awaitStatus(ENDED::contains);
    }

    private String migration() {
        return qmp.execute("query-migrate").optionalString("status").orElse("none");
    }

    /** The first such status, or the one at the deadline. */
    private String awaitStatus(Predicate<String> wanted) {
        long start = System.nanoTime();
        String status = migration();
        while (!wanted.test(status) && System.nanoTime() - start < QmpClient.COMMAND_DEADLINE.toNanos()) {
            sleep(Duration.ofMillis(5));
            status = migration();
        }
        return status;
    }

    private static void sleep(Duration time) {
        LockSupport.parkNanos(time.toNanos());
    }
}
