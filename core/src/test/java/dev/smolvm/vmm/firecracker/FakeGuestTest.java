package dev.smolvm.vmm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.vmm.firecracker.fake.GuestClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FakeGuestTest {
    @TempDir
    Path directory;

    private FakeMachine machine;

    @BeforeEach
    void boot() throws IOException {
        machine = new FakeMachine(directory, "vm", "1.16.1");
        machine.boot(false);
    }

    @AfterEach
    void close() {
        machine.close();
    }

    @Test
    void runs_commands_and_small_scripts() throws Exception {
        try (GuestClient guest = machine.guest()) {
            assertThat(guest.exec("echo", "a", "b")).isEqualTo(new GuestClient.Result(0, "a b\n", ""));
            assertThat(guest.exec("sh", "-c", "echo 'a;b' > /f && cat /f; false || echo no; exit 3"))
                    .isEqualTo(new GuestClient.Result(3, "a;b\nno\n", ""));
            assertThat(guest.exec("sh", "-ec", "false; echo never").output()).isEmpty();
            assertThat(guest.exec("sh", "-c", "nonsense").status()).isEqualTo(127);
            assertThat(guest.exec("cat", "/none").errors()).contains("No such file");
            assertThat(guest.exec(List.of("cat"), 0, "input").output()).isEqualTo("input");
            assertThat(guest.exec(List.of("sleep", "60"), 20, "").status()).isEqualTo(-2);
            assertThatThrownBy(() -> guest.exec("nonsense")).hasMessageContaining("errno 2");
        }
    }

    @Test
    void stands_still_while_it_is_paused() throws Exception {
        long before = Long.parseLong(machine.run("counter"));
        machine.pause();
        CompletableFuture<String> answer = CompletableFuture.supplyAsync(() -> {
            try {
                return machine.run("counter");
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThatThrownBy(() -> answer.get(100, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        machine.resume();
        assertThat(Long.parseLong(answer.get(5, TimeUnit.SECONDS))).isBetween(before, before + 40);
    }

    @Test
    void files_reach_the_drive_when_the_guest_syncs() throws Exception {
        machine.run("write /kept yes; sync; write /lost yes");
        try (GuestClient guest = machine.guest()) {
            guest.exec("write", "/frozen", "yes");
            guest.freeze(10_000);
            guest.thaw();
        }
        machine.run("write /lost yes");
        machine.close();
        Files.delete(directory.resolve("vm.vsock"));
        machine = new FakeMachine(directory, "again", "1.16.1");
        machine.boot(false);
        assertThat(machine.run("ls")).isEqualTo("/kept\n/lost\n/frozen");
        machine.run("write /lost no");
        machine.close();
        machine = new FakeMachine(directory, "third", "1.16.1");
        machine.boot(false);
        assertThat(machine.run("cat /lost")).isEqualTo("yes");
    }

    @Test
    void a_freeze_is_held_by_one_session_and_its_watchdog_tells_once() throws Exception {
        try (GuestClient guest = machine.guest();
                GuestClient other = machine.guest()) {
            guest.freeze(10_000);
            assertThatThrownBy(guest::sync).hasMessageContaining("errno 16");
            assertThatThrownBy(() -> other.freeze(10)).hasMessageContaining("errno 16");
            guest.thaw();
            other.freeze(1);
            Thread.sleep(10);
            assertThatThrownBy(other::thaw).hasMessageContaining("errno 110");
            other.thaw();
        }
    }

    @Test
    void is_made_another_one_and_shut_down() throws Exception {
        try (GuestClient guest = machine.guest()) {
            guest.rejuvenate("clone");
            assertThat(guest.exec("hostname").output()).isEqualTo("clone\n");
            guest.exec("write", "/f", "x");
            guest.shutDown();
        }
        assertThat(machine.process().exit().get(5, TimeUnit.SECONDS)).isZero();
        assertThat(Files.readAllLines(directory.resolve("calls.jsonl")))
                .anyMatch(line -> line.contains("\"rejuvenate\"") && line.contains("\"clone\""));
        assertThat(Files.readString(directory.resolve("disk"), java.nio.charset.StandardCharsets.ISO_8859_1))
                .contains("FAKEFS1");
    }

    @Test
    void other_ports_have_nobody_listening() throws Exception {
        try (var socket = java.nio.channels.SocketChannel.open(
                java.net.UnixDomainSocketAddress.of(directory.resolve("vm.vsock")))) {
            socket.write(java.nio.ByteBuffer.wrap("CONNECT 5001\n".getBytes()));
            assertThat(socket.read(java.nio.ByteBuffer.allocate(10))).isNegative();
        }
    }
}
