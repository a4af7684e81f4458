package dev.smolvm.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.Guest;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.os.Shell;
import dev.smolvm.sandbox.SandboxInfo;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.FlushPolicy;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** A sandbox under test. */
record Box(SmolVm vm, SandboxName name) {
    private static final String BOOT_ID = "cat /proc/sys/kernel/random/boot_id";
    private static final Duration ANSWER = Duration.ofSeconds(20);

    /** What a command in the guest printed, and its exit code. */
    record Output(int code, String out, String err) {}

    Guest connect() {
        return vm.sandboxes().connect(name, ANSWER);
    }

    Output exec(ExecRequest request) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        try (Guest guest = connect()) {
            int code = guest.exec(request, ExecIo.of(ExecIo.NO_INPUT, out, err)).shellCode();
            return new Output(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
        }
    }

    /** Runs a shell script that must succeed; returns what it printed. */
    String sh(String script) {
        Output output = exec(ExecRequest.of("sh", "-ec", script));
        assertThat(output.code())
                .as("%s: %s%s", script, output.out(), output.err())
                .isZero();
        return output.out().strip();
    }

    long number(String script) {
        return Long.parseLong(sh(script));
    }

    /** Starts a shell script that goes on by itself; returns its pid in the guest. */
    long background(String script) {
        return number("setsid sh -c " + Shell.quote(script) + " </dev/null >/dev/null 2>&1 & echo $!");
    }

    SandboxInfo info() {
        return vm.sandboxes().info(name);
    }

    SandboxStatus status() {
        return info().status();
    }

    /** The host's process that runs it. */
    ProcessIdentity vmm() {
        return ProcessIdentity.of(info().pid().orElseThrow()).orElseThrow();
    }

    /** The working directory of its VMM. */
    Path run() throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/" + vmm().pid() + "/cwd"));
    }

    Monitor monitor() throws IOException {
        return Monitor.connect(run().resolve("observe.sock"));
    }

    /** A full snapshot; the source goes on. */
    SnapshotInfo save() {
        return save(SnapshotType.FULL);
    }

    /** The source goes on. */
    SnapshotInfo save(SnapshotType type) {
        return save(type, true);
    }

    SnapshotInfo save(SnapshotType type, boolean resumeSource) {
        return vm.snapshots()
                .create(
                        new SnapshotRequest(name, Optional.empty(), type, resumeSource, false, FlushPolicy.REQUIRED),
                        Progress.NONE);
    }

    /** Restores, whether it was restored before or not, and lets the guest run. */
    SandboxInfo restore(SnapshotId snapshot) {
        return vm.snapshots()
                .restore(new RestoreRequest(snapshot, true, true), Progress.NONE)
                .sandbox();
    }

    /** From inside; returns once the guest answers again. */
    void reboot() throws InterruptedException {
        String before = sh(BOOT_ID);
        background("sleep 0.5; reboot -f");
        Thread.sleep(1500);
        await("the guest is back", this::answers);
        assertThat(sh(BOOT_ID)).isNotEqualTo(before);
    }

    private boolean answers() {
        Duration soon = Duration.ofSeconds(2);
        try (Guest guest = vm.sandboxes().connect(name, soon)) {
            guest.ping(soon);
            return true;
        } catch (SmolVmException e) {
            return false;
        }
    }

    static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(end);
            Thread.sleep(20);
        }
    }
}
