package dev.smolvm.vmm.firecracker;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonParser;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.os.SparseCopy;
import dev.smolvm.vmm.CaptureRequest;
import dev.smolvm.vmm.CapturedState;
import dev.smolvm.vmm.HostTools;
import dev.smolvm.vmm.SavedState;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is asked of which release. */
class FirecrackerVmTest {
    @TempDir
    Path directory;

    private Path run;

    @BeforeEach
    void make() throws IOException {
        run = Files.createDirectories(directory.resolve("box/vm/run-1"));
    }

    private FirecrackerVm vm(FirecrackerApi api) {
        return new FirecrackerVm(
                api,
                ProcessIdentity.of(ProcessHandle.current().pid()).orElseThrow(),
                run,
                new HostTools(directory.resolve("tools")));
    }

    @ParameterizedTest
    @CsvSource({
        "1.10.1, enable_diff_snapshots, false",
        "1.12.1, enable_diff_snapshots, false",
        "1.13.0, track_dirty_pages, false",
        "1.15.1, track_dirty_pages, false",
        "1.16.1, track_dirty_pages, true"
    })
    void a_load_tracks_writes_and_moves_the_clock_in_each_releases_words(String version, String tracking, boolean clock)
            throws IOException {
        try (FakeMachine machine = new FakeMachine(run, "vm", version)) {
            machine.boot(true);
            machine.run("poke 0x800000 7");
            machine.pause();
            machine.snapshot("Full", "saved");
        }
        Files.delete(run.resolve("vm.vsock"));
        Files.move(run.resolve("saved.state"), run.resolve(RunFiles.LOADED_STATE));
        Files.move(run.resolve("saved.mem"), run.resolve(RunFiles.LOADED_MEMORY));
        try (FakeMachine machine = new FakeMachine(run, "next", version)) {
            FirecrackerVm vm = vm(machine.api());
            vm.load(state(0));
            assertThat(machine.api().get("/").string("state")).isEqualTo("Paused");
            assertThat(machine.api().get("/machine-config").bool("track_dirty_pages"))
                    .isTrue();
            // The guest's socket has the name that the state holds.
            assertThat(run.resolve("vm.vsock")).exists();
        }
        JsonFields request = Files.readAllLines(run.resolve("calls.jsonl")).stream()
                .map(line -> JsonFields.of(JsonParser.parse(line), "call"))
                .filter(call -> call.optionalString("path").equals(Optional.of("/snapshot/load")))
                .toList()
                .getLast()
                .object("body");
        assertThat(request.bool(tracking)).isTrue();
        assertThat(request.has("clock_realtime")).isEqualTo(clock);
        assertThat(request.object("mem_backend").string("backend_type")).isEqualTo("File");
        assertThat(request.bool("resume_vm")).isFalse();
    }

    @Test
    void a_state_that_cannot_be_loaded_is_refused() throws IOException {
        try (FakeMachine machine = new FakeMachine(run, "vm", "1.16.1")) {
            FirecrackerVm vm = vm(machine.api());
            assertThat(kindOf(() -> vm.load(state(4096)))).isEqualTo(ErrorKind.INCOMPATIBLE);
            Files.writeString(run.resolve(RunFiles.LOADED_STATE), "no state");
            Files.writeString(run.resolve(RunFiles.LOADED_MEMORY), "no memory");
            assertThat(kindOf(() -> vm.load(state(0)))).isEqualTo(ErrorKind.INTEGRITY);
        }
    }

    private SavedState state(long offset) {
        return new SavedState(directory.resolve("device.state"), directory.resolve("memory"), offset);
    }

    /** Older ones mix up the parts below and above the gap. */
    @ParameterizedTest
    @CsvSource({"1.14.2, 4096, Full", "1.14.2, 3072, Diff", "1.15.0, 4096, Diff"})
    void large_memory_is_never_saved_as_changes_by_a_release_that_cannot(String version, long mib, String type)
            throws Exception {
        Path capture = Files.createDirectory(directory.resolve("box/vm/capture"));
        CompletableFuture<String> saved = new CompletableFuture<>();
        try (ScriptedServer server = new ScriptedServer(run, peer -> {
                    while (!saved.isDone()) {
                        String request = peer.hear();
                        if (request.startsWith("GET / ")) {
                            peer.answer(200, "{\"state\":\"Paused\"}");
                        } else if (request.startsWith("GET /version ")) {
                            peer.answer(200, "{\"firecracker_version\":\"" + version + "\"}");
                        } else if (request.startsWith("GET /machine-config ")) {
                            peer.answer(200, "{\"mem_size_mib\":" + mib + "}");
                        } else {
                            write(run.resolve("capture"), mib);
                            peer.answer(204, "");
                            saved.complete(request);
                        }
                    }
                });
                FirecrackerApi api =
                        FirecrackerApi.connect(server.socket(), "box", () -> true, Duration.ofSeconds(5))) {
            FirecrackerVm vm = vm(api);
            vm.marked("before");
            CapturedState state = vm.capture(new CaptureRequest(
                    capture, List.of(), List.of(), true, Optional.of("before"), SparseCopy.Listener.NONE));
            assertThat(saved.get(5, TimeUnit.SECONDS))
                    .startsWith("PUT /snapshot/create ")
                    .contains("\"snapshot_type\":\"" + type + "\"");
            assertThat(state.complete()).isEqualTo(type.equals("Full"));
            assertThat(state.memoryBytes()).isEqualTo(mib << 20);
            assertThat(new WriteTracking(run).since("before")).isFalse();
        }
    }

    private static void write(Path capture, long mib) throws IOException {
        Files.createFile(capture.resolve(RunFiles.DEVICE_STATE));
        try (RandomAccessFile memory =
                new RandomAccessFile(capture.resolve(RunFiles.MEMORY).toFile(), "rw")) {
            memory.setLength(mib << 20);
        }
    }
}
