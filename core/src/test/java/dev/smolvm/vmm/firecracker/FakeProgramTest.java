package dev.smolvm.vmm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.json.Json;
import dev.smolvm.vmm.firecracker.fake.FakeFirecracker;
import dev.smolvm.vmm.firecracker.fake.FakeProgram;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The fake's command line, and that it is a process like any other. */
class FakeProgramTest {
    @TempDir
    Path directory;

    @Test
    void a_killed_one_leaves_its_sockets() throws Exception {
        Path script = FakeProgram.install(directory.resolve("firecracker"), "1.10.1");
        Process process = new ProcessBuilder(script.toString(), "--api-sock", "api.sock", "--id", "vm")
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("out").toFile())
                .start();
        try (FirecrackerApi api =
                FirecrackerApi.connect(directory.resolve("api.sock"), "vm", process::isAlive, Duration.ofSeconds(20))) {
            assertThat(api.get("/").string("vmm_version")).isEqualTo("1.10.1");
            api.put("/vsock", Json.object().put("guest_cid", 3).put("uds_path", "v.sock"));
            process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
            assertThat(dev.smolvm.testing.Failures.kindOf(() -> api.get("/")))
                    .isEqualTo(dev.smolvm.error.ErrorKind.VM_DIED);
        } finally {
            process.destroyForcibly();
        }
        assertThat(directory.resolve("api.sock")).exists();
        assertThat(directory.resolve("v.sock")).exists();
        assertThat(directory.resolve("calls.jsonl")).exists();
        assertThat(Files.readString(directory.resolve("out"))).contains("[vm:main] Running Firecracker v1.10.1");
    }

    @Test
    void says_what_it_is_amid_its_log() {
        assertThat(said("1.16.1", 0, "--version"))
                .startsWith("Firecracker v1.16.1\n\n")
                .contains("exit_code=0");
        assertThat(said("1.16.1", 0, "--snapshot-version")).startsWith("v10.0.0\n");
        assertThat(said("1.10.1", 0, "--snapshot-version")).startsWith("v4.0.0\n");
        assertThat(said("1.16.1", 153, "--bogus")).contains("Found argument 'bogus' which wasn't expected");
        assertThat(said("1.12.0", 153, "--enable-pci")).contains("'enable-pci'");
        assertThat(said("1.16.1", 1, "--describe-snapshot", "none")).contains("No such file");
    }

    @Test
    void refuses_a_socket_that_is_there_already() throws Exception {
        Files.createFile(directory.resolve("api.sock"));
        assertThat(said("1.16.1", 1, "--api-sock", "api.sock")).contains("Check that it is not already used");
    }

    @Test
    void describes_its_state_files() throws Exception {
        try (FakeMachine machine = new FakeMachine(directory, "vm", "1.16.1")) {
            machine.boot(false);
            machine.pause();
            machine.snapshot("Full", "full");
        }
        assertThat(said("1.16.1", 0, "--describe-snapshot", "full.state")).startsWith("v10.0.0\n");
        assertThat(said("1.16.1", 1, "--describe-snapshot", "full.mem")).doesNotContain("v10");
    }

    private String said(String version, int status, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (FakeFirecracker fake = FakeFirecracker.start(directory, List.of(arguments), version, out)) {
            assertThat(fake.exit()).isCompletedWithValue(status);
        }
        return out.toString();
    }
}
