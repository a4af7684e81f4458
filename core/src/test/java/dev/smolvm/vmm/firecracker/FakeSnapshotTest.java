package dev.smolvm.vmm.firecracker;

import static dev.smolvm.vmm.firecracker.FakeMachine.load;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import dev.smolvm.os.SparseFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FakeSnapshotTest {
    private static final long BYTES = (long) FakeMachine.MEMORY_MIB << 20;

    @TempDir
    Path directory;

    private FakeMachine machine;

    @BeforeEach
    void boot() throws IOException {
        machine = new FakeMachine(directory, "vm", "1.16.1");
        machine.boot(true);
    }

    @Test
    void a_full_snapshot_holds_everything_and_restores() throws Exception {
        machine.run("poke 0x500000 77; write /etc/motd hello; hostname");
        machine.pause();
        machine.snapshot("Full", "full");
        assertThat(SparseFile.allocated(directory.resolve("full.mem"))).isEqualTo(BYTES);
        long counter = longAt("full.mem", 0x10000);
        end();
        try (FakeMachine restored = restored("full", true)) {
            assertThat(restored.api().get("/").string("state")).isEqualTo("Running");
            assertThat(machine.run("peek 0x500000")).isEqualTo("77");
            // In the page cache only: the guest did not sync.
            assertThat(machine.run("cat /etc/motd")).isEqualTo("hello");
            assertThat(Long.parseLong(machine.run("counter"))).isGreaterThanOrEqualTo(counter);
            assertThat(restored.api().get("/vm/config").object("boot-source").string("kernel_image_path"))
                    .isEmpty();
        }
    }

    @Test
    void differences_merged_in_order_are_the_same_as_a_full_snapshot() throws Exception {
        machine.pause();
        machine.snapshot("Full", "base");
        machine.resume();
        machine.run("poke 0x500000 1; poke 0x600000 1");
        machine.pause();
        machine.snapshot("Diff", "first");
        machine.resume();
        machine.run("poke 0x600000 2; poke 0x700000 2");
        machine.pause();
        machine.snapshot("Diff", "second");
        machine.snapshot("Full", "whole");
        assertThat(Files.size(directory.resolve("second.mem"))).isEqualTo(BYTES);
        assertThat(SparseFile.allocated(directory.resolve("second.mem"))).isLessThan(BYTES / 10);
        assertThat(longAt("second.mem", 0x500000)).isZero();
        merge("first.mem");
        merge("second.mem");
        assertThat(Files.mismatch(directory.resolve("base.mem"), directory.resolve("whole.mem")))
                .isEqualTo(-1);
    }

    private void merge(String difference) throws IOException {
        try (var from = new RandomAccessFile(directory.resolve(difference).toFile(), "r");
                var to = new RandomAccessFile(directory.resolve("base.mem").toFile(), "rw")) {
            for (SparseFile.Extent extent : SparseFile.extents(directory.resolve(difference))) {
                byte[] bytes = new byte[(int) extent.length()];
                from.seek(extent.offset());
                from.readFully(bytes);
                to.seek(extent.offset());
                to.write(bytes);
            }
        }
    }

    private long longAt(String file, long offset) throws IOException {
        try (var in = new RandomAccessFile(directory.resolve(file).toFile(), "r")) {
            in.seek(offset);
            return in.readLong();
        }
    }

    @Test
    void a_difference_into_an_existing_memory_file_is_merged_at_once() throws Exception {
        machine.pause();
        machine.snapshot("Full", "base");
        machine.resume();
        machine.run("poke 0x500000 5");
        machine.pause();
        machine.snapshot("Diff", "base");
        machine.snapshot("Full", "whole");
        assertThat(Files.mismatch(directory.resolve("base.mem"), directory.resolve("whole.mem")))
                .isEqualTo(-1);
    }

    @Test
    void what_a_restored_guest_writes_stays_its_own() throws Exception {
        machine.pause();
        machine.snapshot("Full", "full");
        Files.copy(directory.resolve("full.mem"), directory.resolve("before.mem"));
        end();
        try (FakeMachine restored = restored("full", true)) {
            machine.run("poke 0x500000 9");
            restored.pause();
            restored.snapshot("Diff", "next");
        }
        assertThat(Files.mismatch(directory.resolve("full.mem"), directory.resolve("before.mem")))
                .isEqualTo(-1);
        assertThat(longAt("next.mem", 0x500000)).isEqualTo(9);
        assertThat(longAt("next.mem", 4 << 20)).isZero();
    }

    @Test
    void without_tracking_a_difference_has_all_that_was_used_or_is_refused() throws Exception {
        machine.pause();
        machine.snapshot("Full", "full");
        end();
        try (FakeMachine restored = restored("full", false)) {
            machine.run("peek 0x500000");
            restored.pause();
            restored.snapshot("Diff", "more");
            assertThat(SparseFile.extents(directory.resolve("more.mem")))
                    .anyMatch(e -> e.offset() <= 0x500000 && e.end() > 0x500000);
        }
        try (FakeMachine old = new FakeMachine(directory, "old", "1.12.0")) {
            old.boot(false);
            old.pause();
            assertThatThrownBy(() -> old.snapshot("Diff", "refused")).hasMessageContaining("Cannot get dirty bitmap");
        }
    }

    @Test
    void a_snapshot_resets_the_guests_connections_when_it_goes_on() throws Exception {
        try (var guest = machine.guest()) {
            machine.pause();
            machine.snapshot("Full", "full");
            machine.resume();
            assertThatThrownBy(() -> guest.exec("true")).isInstanceOf(IOException.class);
        }
        assertThat(machine.run("echo again")).isEqualTo("again");
    }

    @Test
    void the_hosts_ends_can_be_others_than_the_saved_ones() throws Exception {
        end();
        machine = new FakeMachine(directory, "net", "1.16.1");
        machine.api()
                .put(
                        "/network-interfaces/eth0",
                        Json.object().put("iface_id", "eth0").put("host_dev_name", "tap0"));
        machine.boot(false);
        machine.pause();
        machine.snapshot("Full", "full");
        try (FakeMachine restored = new FakeMachine(directory, "other", "1.16.1")) {
            restored.api()
                    .put(
                            "/snapshot/load",
                            load("full")
                                    .put(
                                            "vsock_override",
                                            Json.object()
                                                    .put("uds_path", "other.vsock")
                                                    .build())
                                    .put(
                                            "network_overrides",
                                            new Json.Arr(List.of(Json.object()
                                                    .put("iface_id", "eth0")
                                                    .put("host_dev_name", "tap9")
                                                    .build())))
                                    .put("resume_vm", true));
            assertThat(restored.run("echo here")).isEqualTo("here");
            assertThat(restored.api().get("/vm/config").list("network-interfaces", n -> n.string("host_dev_name")))
                    .containsExactly("tap9");
        }
        assertRefused(load("full"), "Address already in use");
        assertRefused(
                load("full")
                        .put(
                                "network_overrides",
                                new Json.Arr(List.of(Json.object()
                                        .put("iface_id", "eth7")
                                        .put("host_dev_name", "tap9")
                                        .build()))),
                "Unknown Network Device");
    }

    @ParameterizedTest
    @ValueSource(strings = {"magic", "version", "checksum", "short", "empty", "memory", "no memory", "drive"})
    void what_is_damaged_is_refused(String how) throws Exception {
        machine.pause();
        machine.snapshot("Full", "full");
        end();
        Path state = directory.resolve("full.state");
        Path memory = directory.resolve("full.mem");
        String text = Files.readString(state);
        switch (how) {
            case "magic" -> Files.writeString(state, text.replace("FAKE", "REAL"));
            case "version" -> Files.writeString(state, text.replace("10.0.0", "4.0.0"));
            case "checksum" -> Files.writeString(state, text.replace("vcpu_count", "VCPU_count"));
            case "short" -> Files.writeString(state, text.substring(0, text.length() / 2));
            case "empty" -> Files.writeString(state, "");
            case "memory" -> Files.write(memory, new byte[4096]);
            case "no memory" -> Files.delete(memory);
            default -> Files.delete(directory.resolve("disk"));
        }
        assertRefused(load("full"), "Load snapshot error: Failed to restore from snapshot: ");
    }

    @Test
    void a_memory_file_that_shrinks_under_its_guest_kills_it() throws Exception {
        machine.pause();
        machine.snapshot("Full", "full");
        end();
        try (FakeMachine restored = new FakeMachine(directory, "restored", "1.16.1")) {
            restored.api().put("/snapshot/load", load("full"));
            try (var file = new RandomAccessFile(directory.resolve("full.mem").toFile(), "rw")) {
                file.setLength(0);
            }
            try {
                restored.resume();
            } catch (SmolVmException e) {
                // It may end before it has answered.
                assertThat(e.kind()).isEqualTo(ErrorKind.VM_DIED);
            }
            assertThat(restored.process().exit().get(5, TimeUnit.SECONDS)).isEqualTo(135);
        }
    }

    private void assertRefused(Json.Builder request, String why) throws IOException {
        try (FakeMachine fresh = new FakeMachine(directory, "fresh" + System.nanoTime(), "1.16.1")) {
            assertThatThrownBy(() -> fresh.api().put("/snapshot/load", request)).hasMessageContaining(why);
        }
    }

    /** Ends the machine and removes the socket that it leaves, as whoever restores must. */
    private void end() throws IOException {
        machine.close();
        Files.deleteIfExists(directory.resolve("vm.vsock"));
    }

    private FakeMachine restored(String name, boolean tracked) throws IOException {
        FakeMachine restored = new FakeMachine(directory, "restored", "1.16.1");
        restored.api()
                .put(
                        "/snapshot/load",
                        load(name).put("track_dirty_pages", tracked).put("resume_vm", true));
        return restored;
    }

    @AfterEach
    void close() {
        machine.close();
    }
}
