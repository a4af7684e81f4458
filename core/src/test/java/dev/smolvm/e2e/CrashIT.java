package dev.smolvm.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import dev.smolvm.faults.Form;
import dev.smolvm.faults.Injections;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonParser;
import dev.smolvm.os.Command;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.os.ProcessesIn;
import dev.smolvm.sandbox.SandboxInfo;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.StoreLayout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** VMMs that die, guests that power off, and what is left of them. */
@ExtendWith(LabExtension.class)
@Tag("contract")
class CrashIT {
    private final Lab lab;
    private final StoreLayout layout;

    CrashIT(Lab lab) {
        this.lab = lab;
        this.layout = lab.vm().store().layout();
    }

    private void start(Box box) {
        assertThat(lab.vm()
                        .sandboxes()
                        .start(box.name(), SandboxRequest.DEFAULT_BOOT_TIMEOUT, Progress.NONE)
                        .status())
                .isEqualTo(SandboxStatus.RUNNING);
    }

    @Fault(Case.F06)
    @Test
    void a_killed_vm_is_shown_as_crashed_and_starts_again() throws Exception {
        Box box = lab.fresh();
        box.sh("echo kept > /root/file; sync; echo gone > /run/memory");
        Path run = box.run();

        box.vmm().kill();

        assertThat(box.status()).isEqualTo(SandboxStatus.CRASHED);
        assertThat(box.info().pid()).isEmpty();
        assertThat(lab.vm().sandboxes().list()).extracting(SandboxInfo::status).containsExactly(SandboxStatus.CRASHED);
        assertThat(Failures.of(ErrorKind.VM_DIED, () -> box.sh("true")).advice())
                .contains("sandbox start");
        Failures.of(ErrorKind.VM_DIED, box::save);
        start(box);
        box.sh("[ ! -e /run/memory ]");
        assertThat(box.sh("cat /root/file")).isEqualTo("kept");
        assertThat(run).doesNotExist();
    }

    @Fault(Case.F06)
    @Test
    void a_vm_that_dies_while_its_guest_boots_is_not_waited_for() throws Exception {
        SandboxName name = new SandboxName("stillborn");
        Path directory = layout.sandbox(name);
        CompletableFuture<SmolVmException> create = CompletableFuture.supplyAsync(() -> Failures.of(
                ErrorKind.VM_DIED, () -> lab.boot(SandboxRequest.of(Lab.IMAGE).named(name.value()))));
        Box.await(
                "its guest boots",
                () -> Files.exists(layout.vm(name)) && !vmms(directory).isEmpty());
        Thread.sleep(700);
        vmms(directory).forEach(ProcessIdentity::kill);

        assertThat(create.get(20, TimeUnit.SECONDS)).hasMessageContaining(name.value());
        assertThat(directory).doesNotExist();
    }

    private static List<ProcessIdentity> vmms(Path directory) {
        try {
            return ProcessesIn.directory(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void a_guest_that_powers_itself_off_is_shown_as_stopped_and_starts_again() throws Exception {
        Box box = lab.fresh();
        ProcessIdentity vmm = box.vmm();
        box.sh("echo kept > /root/file; sync");

        box.background("sleep 0.2; poweroff");

        Box.await("it is off", () -> box.status() == SandboxStatus.STOPPED);
        Failures.of(ErrorKind.CONFLICT, () -> box.sh("true"));
        Failures.of(ErrorKind.CONFLICT, box::save);
        start(box);
        assertThat(box.sh("cat /root/file")).isEqualTo("kept");
        assertThat(vmm.alive()).isFalse();
    }

    @Test
    @Timeout(60)
    void a_command_ends_with_the_guest_that_it_powers_off() {
        Box box = lab.fresh();
        SmolVmException failure =
                Failures.of(ErrorKind.VM_DIED, () -> box.sh("echo o > /proc/sysrq-trigger; sleep 1000"));
        assertThat(failure).hasMessageContaining("has powered itself off");
        assertThat(failure.advice()).contains("smolvm sandbox start " + box.name());
        start(box);
        assertThat(box.sh("echo back")).isEqualTo("back");
    }

    @Test
    void a_stopped_sandbox_starts_from_its_disk() {
        Box box = lab.fresh();
        // Not synced: an orderly stop writes everything.
        box.sh("echo kept > /root/file");
        assertThat(lab.vm().sandboxes().stop(box.name(), false).status()).isEqualTo(SandboxStatus.STOPPED);
        start(box);
        assertThat(box.sh("cat /root/file")).isEqualTo("kept");
    }

    @Fault(Case.F13)
    @Test
    void a_pid_that_belongs_to_another_program_by_now_is_left_alone() throws Exception {
        Box box = lab.fresh();
        box.sh("echo kept > /root/file; sync");
        box.vmm().kill();
        Process stranger = new ProcessBuilder("sleep", "600").start();
        try {
            ProcessIdentity identity = ProcessIdentity.of(stranger.pid()).orElseThrow();
            for (ProcessIdentity stale : List.of(
                    new ProcessIdentity(stranger.pid(), identity.startTicks() - 1, identity.bootId()),
                    new ProcessIdentity(stranger.pid(), identity.startTicks(), "another boot"))) {
                rewriteProcess(box, stale);
                assertThat(box.status()).isEqualTo(SandboxStatus.CRASHED);
                lab.vm().sandboxes().stop(box.name(), true);
                rewriteProcess(box, stale);
                start(box);
                assertThat(box.sh("cat /root/file")).isEqualTo("kept");
                box.vmm().kill();
                rewriteProcess(box, stale);
                box.restore(Lab.BASE);
                box.sh("echo kept > /root/file; sync");
                box.vmm().kill();
                assertThat(stranger.isAlive()).isTrue();
            }
        } finally {
            stranger.destroyForcibly().waitFor();
        }
    }

    private void rewriteProcess(Box box, ProcessIdentity process) throws IOException {
        Path file = layout.sandboxFile(box.name());
        JsonFields record = JsonFields.of(JsonParser.read(file), "sandbox");
        var fields = new LinkedHashMap<>(record.object().fields());
        fields.put(
                "process",
                Json.object()
                        .put("pid", process.pid())
                        .put("start_ticks", process.startTicks())
                        .put("boot_id", process.bootId())
                        .build());
        Files.writeString(file, new Json.Obj(fields).pretty());
    }

    @Fault(Case.F04)
    @Test
    @Tag("qemu")
    void a_vm_that_dies_while_its_memory_is_saved() throws Exception {
        for (int i = 0; i < Form.of(1, 10); i++) {
            diesWhileItsMemoryIsSaved(300 + Form.random().nextInt(1 + 300 * i));
            Injections.record(Case.F04, "QEMU killed while it saves memory", "VM died, nothing left, starts again");
        }
    }

    private void diesWhileItsMemoryIsSaved(long millis) throws Exception {
        Box box = lab.fresh();
        box.sh("head -c 20000000 /dev/urandom > /dev/shm/fill; echo kept > /root/file; sync");
        SnapshotInfo older = box.save();
        List<Path> before = stored();
        SmolVmException died;
        try (Monitor monitor = box.monitor()) {
            ProcessIdentity vmm = ProcessIdentity.of(pidOf(box)).orElseThrow();
            CompletableFuture<SmolVmException> save =
                    CompletableFuture.supplyAsync(() -> Failures.of(ErrorKind.VM_DIED, box::save));
            slowDown(monitor);
            Thread.sleep(millis);
            assertThat(save).as("it still saves").isNotDone();
            vmm.kill();
            died = save.get(30, TimeUnit.SECONDS);
        }

        assertThat(died).hasMessageContaining(box.name().value());
        assertThat(box.status()).isEqualTo(SandboxStatus.CRASHED);
        assertThat(lab.vm().snapshots().list(Optional.of(box.name())))
                .extracting(SnapshotInfo::id)
                .containsExactly(Lab.BASE, older.id());
        assertThat(layout.capture(box.name())).doesNotExist();
        assertThat(layout.tmp()).isEmptyDirectory();
        start(box);
        assertThat(box.sh("cat /root/file")).isEqualTo("kept");
        assertThat(stored()).containsExactlyInAnyOrderElementsOf(before);
        box.save();
        box.restore(older.id());
        box.sh("[ $(wc -c < /dev/shm/fill) = 20000000 ]");
    }

    /** The observer is taken, so the library cannot say. */
    private long pidOf(Box box) throws IOException {
        return JsonFields.of(JsonParser.read(layout.sandboxFile(box.name())), "sandbox")
                .object("process")
                .integer("pid");
    }

    /** It holds its sockets open, and says nothing. */
    @Fault(Case.F05)
    @Test
    @Tag("qemu")
    void a_vmm_that_stands_still_while_its_memory_is_saved() throws Exception {
        Box box = lab.fresh();
        box.sh("head -c 20000000 /dev/urandom > /dev/shm/fill; md5sum /dev/shm/fill > /run/sum");
        List<Path> before = stored();
        ProcessIdentity vmm = box.vmm();
        try {
            SmolVmException silent;
            try (Monitor monitor = box.monitor()) {
                CompletableFuture<SmolVmException> save =
                        CompletableFuture.supplyAsync(() -> Failures.of(ErrorKind.GUEST_UNRESPONSIVE, box::save));
                slowDown(monitor);
                signal("STOP", vmm);
                // A command of the monitor has 20 s, and so has the attempt to undo.
                silent = save.get(90, TimeUnit.SECONDS);
            }
            assertThat(silent).hasMessageContaining(box.name().value());
            assertThat(box.status()).isEqualTo(SandboxStatus.NOT_ANSWERING);
            assertThat(stored()).containsExactlyInAnyOrderElementsOf(before);
        } finally {
            signal("CONT", vmm);
        }
        // The next command finishes what that one could not undo.
        box.save();
        assertThat(box.vmm()).isEqualTo(vmm);
        assertThat(box.status()).isEqualTo(SandboxStatus.RUNNING);
        box.sh("md5sum -c /run/sum");
        assertThat(layout.capture(box.name())).doesNotExist();
    }

    private static void signal(String name, ProcessIdentity process) throws IOException {
        Command.of("kill", "-" + name, Long.toString(process.pid())).check();
    }

    private List<Path> stored() throws IOException {
        try (var snapshots = Files.list(layout.snapshots())) {
            return snapshots.toList();
        }
    }

    /** Makes the saving of memory, once it has begun, go on for ever. */
    private static void slowDown(Monitor monitor) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        String status = "";
        while (!status.equals("active") && System.nanoTime() < end) {
            status = monitor.execute("query-migrate").optionalString("status").orElse("");
        }
        monitor.execute("migrate-set-parameters", Json.object().put("max-bandwidth", 100_000));
    }
}
