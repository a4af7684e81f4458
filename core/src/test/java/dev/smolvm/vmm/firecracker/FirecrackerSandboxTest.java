package dev.smolvm.vmm.firecracker;

import static dev.smolvm.testing.Failures.kindOf;
import static dev.smolvm.vmm.firecracker.FakeLab.BOX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.Guest;
import dev.smolvm.json.JsonFields;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.sandbox.SandboxInfo;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.vmm.firecracker.fake.FakeProgram;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The life of sandboxes, from the library's way in to a Firecracker process; the process is the fake. */
class FirecrackerSandboxTest {
    @TempDir
    static Path programs;

    @TempDir
    Path directory;

    private FakeLab lab;

    @BeforeAll
    static void install() throws IOException {
        FakeProgram.installWhole(programs.resolve("firecracker"), "1.16.1");
    }

    @BeforeEach
    void boot() throws IOException {
        lab = new FakeLab(directory.resolve("store"), programs.resolve("firecracker")).boot();
    }

    @AfterEach
    void end() throws IOException {
        lab.close();
    }

    @Test
    void a_session_whose_sandbox_another_command_takes_away_fails_as_a_conflict() {
        lab.save("s", SnapshotType.FULL);
        taken("deleted", () -> lab.vm().sandboxes().delete(BOX, true));
        taken("restarted or restored", () -> lab.restore("s"));
        taken("stopped", () -> lab.vm().sandboxes().stop(BOX, true));
    }

    private void taken(String how, Runnable other) {
        lab.restore("s");
        try (Guest guest = lab.vm().sandboxes().connect(BOX, Duration.ofSeconds(10))) {
            other.run();
            assertThatThrownBy(() -> guest.ping(Duration.ofSeconds(10)))
                    .isInstanceOfSatisfying(
                            SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CONFLICT))
                    .hasMessageContaining("another command has " + how + " sandbox box");
        }
    }

    @Test
    void a_session_whose_vmm_dies_by_itself_does_not_blame_others() {
        try (Guest guest = lab.vm().sandboxes().connect(BOX, Duration.ofSeconds(10))) {
            lab.vmm().kill();
            assertThat(kindOf(() -> guest.ping(Duration.ofSeconds(10)))).isEqualTo(ErrorKind.GUEST_UNRESPONSIVE);
        }
        assertThat(kindOf(() -> lab.sh("true"))).isEqualTo(ErrorKind.VM_DIED);
    }

    @Test
    void creating_one_boots_it_as_documented() throws Exception {
        SandboxInfo info = lab.vm().sandboxes().info(BOX);
        assertThat(info.status()).isEqualTo(SandboxStatus.RUNNING);
        assertThat(info.backend()).isEqualTo("firecracker");
        assertThat(info.accelerator()).isEqualTo("kvm");
        assertThat(lab.sh("echo works")).isEqualTo("works");
        assertThat(lab.deeds())
                .startsWith(
                        "PUT /machine-config",
                        "PUT /boot-source",
                        "PUT /drives/root",
                        "PUT /vsock",
                        "PUT /entropy",
                        "PUT /balloon",
                        "PUT /actions");

        JsonFields machine = lab.last("PUT /machine-config");
        assertThat(machine.integer("mem_size_mib")).isEqualTo(FakeLab.MEMORY_MIB);
        assertThat(machine.integer("vcpu_count")).isEqualTo(1);
        assertThat(machine.bool("track_dirty_pages")).isTrue();
        assertThat(lab.last("PUT /boot-source").string("boot_args"))
                .contains("console=ttyS0", "smolvm.hostname=box", "reboot=k", "smolvm.poweroff=reset");
        JsonFields drive = lab.last("PUT /drives/root");
        assertThat(drive.string("path_on_host")).doesNotContain("/");
        assertThat(drive.bool("is_root_device")).isFalse();
        assertThat(drive.string("cache_type")).isEqualTo("Writeback");
        assertThat(lab.last("PUT /vsock").string("uds_path")).doesNotContain("/");
    }

    @Test
    void pausing_stops_the_guest_until_it_is_resumed_with_the_time() throws Exception {
        assertThat(lab.vm().sandboxes().pause(BOX).status()).isEqualTo(SandboxStatus.PAUSED);
        assertThat(lab.status()).isEqualTo(SandboxStatus.PAUSED);
        assertThat(kindOf(() -> lab.sh("echo never"))).isEqualTo(ErrorKind.CONFLICT);
        assertThat(lab.vm().sandboxes().resume(BOX).status()).isEqualTo(SandboxStatus.RUNNING);
        assertThat(lab.sh("echo again")).isEqualTo("again");
        assertThat(lab.deeds())
                .containsSubsequence("PATCH /vm Paused", "PATCH /vm Resumed", "agent rejuvenate", "agent exec");
    }

    @Test
    void stopping_asks_the_guest_to_shut_down() throws Exception {
        ProcessIdentity process = lab.vmm();
        lab.sh("write /kept yes");
        lab.vm().sandboxes().stop(BOX, false);
        assertThat(lab.status()).isEqualTo(SandboxStatus.STOPPED);
        assertThat(process.alive()).isFalse();
        assertThat(lab.deeds()).contains("agent shutdown");
        start();
        assertThat(lab.sh("cat /kept")).isEqualTo("yes");
    }

    @Test
    void a_paused_one_is_stopped_in_order_too() {
        lab.sh("write /kept yes");
        lab.vm().sandboxes().pause(BOX);
        lab.vm().sandboxes().stop(BOX, false);
        start();
        assertThat(lab.sh("cat /kept")).isEqualTo("yes");
    }

    @Test
    void one_that_dies_while_it_is_stopped_is_stopped() throws Exception {
        ProcessIdentity process = lab.vmm();
        Path calls = lab.run().resolve("calls.jsonl");
        CompletableFuture<Void> killed = CompletableFuture.runAsync(() -> {
            while (process.alive() && !read(calls).contains("shutdown")) {
                Thread.onSpinWait();
            }
            process.kill();
        });
        assertThat(lab.vm().sandboxes().stop(BOX, false).status()).isEqualTo(SandboxStatus.STOPPED);
        killed.get(10, TimeUnit.SECONDS);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void a_guest_that_resets_itself_is_stopped_and_not_crashed() {
        ProcessIdentity process = lab.vmm();
        assertThatThrownBy(() -> lab.sh("reboot")).isInstanceOf(SmolVmException.class);
        assertThat(process.awaitEnd(Duration.ofSeconds(10))).isTrue();
        assertThat(lab.status()).isEqualTo(SandboxStatus.STOPPED);
        assertThat(kindOf(() -> lab.vm().sandboxes().pause(BOX))).isEqualTo(ErrorKind.CONFLICT);
        start();
        assertThat(lab.sh("echo back")).isEqualTo("back");
    }

    @Test
    void a_killed_one_has_crashed_and_starts_from_its_disk() {
        lab.sh("write /kept yes; sync; write /lost yes");
        lab.vmm().kill();
        assertThat(lab.status()).isEqualTo(SandboxStatus.CRASHED);
        assertThat(kindOf(() -> lab.sh("echo never"))).isEqualTo(ErrorKind.VM_DIED);
        start();
        assertThat(lab.sh("ls")).isEqualTo("/kept");
    }

    @Test
    void what_the_guest_prints_is_in_its_console_log() throws Exception {
        lab.sh("console hello from inside");
        awaitConsole("hello from inside");
        lab.sh("console and more");
        awaitConsole("and more");
        assertThat(console()).contains("hello from inside", "Command line: ").doesNotContain("API socket");
    }

    private void awaitConsole(String text) throws Exception {
        // A process of the launcher's writes it, a moment later.
        for (int i = 0; i < 500; i++) {
            lab.vm().sandboxes().collectConsole(BOX);
            if (console().contains(text)) {
                return;
            }
            Thread.sleep(5);
        }
        throw new AssertionError(console());
    }

    private String console() throws IOException {
        Path log = lab.vm().sandboxes().info(BOX).console();
        return Files.exists(log) ? Files.readString(log) : "";
    }

    @Test
    void deleting_one_leaves_neither_files_nor_a_process() throws Exception {
        ProcessIdentity process = lab.vmm();
        assertThat(kindOf(() -> lab.vm().sandboxes().delete(BOX, false))).isEqualTo(ErrorKind.CONFLICT);
        lab.vm().sandboxes().delete(BOX, true);
        assertThat(process.alive()).isFalse();
        assertThat(lab.vm().store().layout().sandboxes()).isEmptyDirectory();
    }

    private void start() {
        lab.vm().sandboxes().start(BOX, Duration.ofSeconds(20), Progress.NONE);
        assertThat(lab.status()).isEqualTo(SandboxStatus.RUNNING);
    }
}
