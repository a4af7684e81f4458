package dev.smolvm.vmm.qemu;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import dev.smolvm.os.DirectIo;
import dev.smolvm.os.SparseCopy;
import dev.smolvm.os.Uninterrupted;
import dev.smolvm.vmm.CapturedState;
import dev.smolvm.vmm.VmState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Saves a machine while its guest runs: a {@code mapped-ram} migration to a file, during which pages that change are written
 * again in place. Only for its last pass the guest stands still; then the disks move to new layers, and the devices are written
 * behind the memory. DESIGN: docs/format.md, "How a snapshot is taken".
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
    private static final Duration STEP = Duration.ofMillis(500);
    /** QEMU's state of a guest that it left stopped after it saved it. It cannot be saved again before it ran. */
    private static final String POSTMIGRATE = "postmigrate";

    /** Its state until the migration has let go of everything. */
    private static final String FINISHING = "finish-migrate";
    /** What it answers to {@code cont} meanwhile; by the time it was asked for its state that may be over. */
    private static final String NOT_YET = "not finalized";

    private final QmpClient qmp;
    private final QemuBinary binary;
    private final LayerSwitch layers;
    private final CopyJobs copies;
    private final Migration migration;

    LiveCapture(QmpClient qmp, QemuBinary binary, LayerSwitch layers, CopyJobs copies) {
        this.qmp = qmp;
        this.binary = binary;
        this.layers = layers;
        this.copies = copies;
        this.migration = new Migration(qmp);
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
            migration.awaitLastPass();
            if (copies.isEmpty()) {
                layers.commit();
            }
            if (!target.withDevices()) {
                qmp.execute(
                        "xen-save-devices-state",
                        Json.object().put("filename", deviceState.toString()).put("live", false));
            }
            qmp.execute("migrate-continue", Json.object().put("state", "pre-switchover"));
            migration.awaitCompleted();
            if (!copies.isEmpty() && binary.setActive()) {
                takeDisksBack(false);
                layers.commit(copies.actions());
            }
            takeDisksBack(wasRunning && resume);
            Duration pause = wasRunning && resume ? pause() : Duration.ZERO;
            layers.sealLower();
            MemoryTarget.Saved saved = target.finish(deviceState);
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
                .put("downtime-limit", Migration.PAUSE_GOAL_MS)
                .put("multifd-channels", 2);
        if (binary.directIo()) {
            // Through the page cache the kernel throttles the last pass of a large guest for a second and more.
            parameters.put("direct-io", DirectIo.worksIn(directory));
        }
        qmp.execute("migrate-set-parameters", parameters);
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
        if (run) {
            continueOnceFinalized();
            return;
        }
        awaitFinalized();
        if (binary.setActive()) {
            qmp.execute("blockdev-set-active", Json.object().put("active", true));
        } else {
            qmp.execute("cont");
            qmp.execute("stop");
        }
    }

    /** Not asked first whether it may: the guest stands still meanwhile. */
    private void continueOnceFinalized() {
        long start = System.nanoTime();
        while (true) {
            try {
                qmp.execute("cont");
                return;
            } catch (QmpErrorException e) {
                if (!e.description().contains(NOT_YET)
                        || System.nanoTime() - start > QmpClient.COMMAND_DEADLINE.toNanos()) {
                    throw e;
                }
            }
        }
    }

    /** QEMU reports a migration as completed shortly before it lets its machine run again. */
    private void awaitFinalized() {
        long start = System.nanoTime();
        while (QemuVm.status(qmp).equals(FINISHING)
                && System.nanoTime() - start < QmpClient.COMMAND_DEADLINE.toNanos()) {
            Thread.onSpinWait();
        }
    }

    private void undo(boolean wasRunning, RuntimeException failure) {
        try {
            migration.cancel();
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
        if (migration.status().equals("none")) {
            return;
        }
        migration.cancel();
        awaitFinalized();
        if (QemuVm.status(qmp).equals(POSTMIGRATE)) {
            takeDisksBack(false);
        }
    }
}
