package dev.smolvm.vmm.firecracker;

import dev.smolvm.json.Json;
import dev.smolvm.vmm.firecracker.fake.FakeFirecracker;
import dev.smolvm.vmm.firecracker.fake.GuestClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A fake in this process with our client to it, in a directory with a kernel and a disk. */
final class FakeMachine implements AutoCloseable {
    static final int MEMORY_MIB = 16;

    private final Path directory;
    private final FakeFirecracker fake;
    private final FirecrackerApi api;
    private final String vsock;

    FakeMachine(Path directory, String name, String version) throws IOException {
        this.directory = directory;
        this.vsock = name + ".vsock";
        Path socket = directory.resolve(name + ".api");
        fake = FakeFirecracker.start(directory, List.of("--api-sock", socket.toString(), "--id", name), version);
        api = FirecrackerApi.connect(socket, name, () -> !fake.exit().isDone(), Duration.ofSeconds(10));
        if (!Files.exists(directory.resolve("kernel"))) {
            Files.writeString(directory.resolve("kernel"), "\177ELF and more");
            Files.write(directory.resolve("disk"), new byte[64 << 10]);
        }
    }

    FirecrackerApi api() {
        return api;
    }

    FakeFirecracker process() {
        return fake;
    }

    void configure(boolean tracked) {
        api.put(
                "/machine-config",
                Json.object()
                        .put("vcpu_count", 1)
                        .put("mem_size_mib", MEMORY_MIB)
                        .put("track_dirty_pages", tracked));
        api.put("/boot-source", Json.object().put("kernel_image_path", "kernel").put("boot_args", "quiet"));
        api.put("/drives/root", drive("root", true, "disk"));
        api.put("/vsock", Json.object().put("guest_cid", 3).put("uds_path", vsock));
    }

    static Json.Builder drive(String id, boolean root, String path) {
        return Json.object()
                .put("drive_id", id)
                .put("is_root_device", root)
                .put("is_read_only", false)
                .put("path_on_host", path);
    }

    void boot(boolean tracked) {
        configure(tracked);
        api.put("/actions", Json.object().put("action_type", "InstanceStart"));
    }

    void pause() {
        api.patch("/vm", Json.object().put("state", "Paused"));
    }

    void resume() {
        api.patch("/vm", Json.object().put("state", "Resumed"));
    }

    void snapshot(String type, String name) {
        api.put("/snapshot/create", create(type, name));
    }

    static Json.Builder create(String type, String name) {
        return Json.object()
                .put("snapshot_type", type)
                .put("snapshot_path", name + ".state")
                .put("mem_file_path", name + ".mem");
    }

    static Json.Builder load(String name) {
        return Json.object()
                .put("snapshot_path", name + ".state")
                .put(
                        "mem_backend",
                        Json.object()
                                .put("backend_type", "File")
                                .put("backend_path", name + ".mem")
                                .build());
    }

    Path file(String name) {
        return directory.resolve(name);
    }

    GuestClient guest() throws IOException {
        return GuestClient.connect(directory.resolve(vsock));
    }

    /** What a command in the guest prints, in a session of its own. */
    String run(String script) throws IOException {
        try (GuestClient guest = guest()) {
            return guest.exec("sh", "-ec", script).output().strip();
        }
    }

    @Override
    public void close() {
        api.close();
        fake.close();
    }
}
