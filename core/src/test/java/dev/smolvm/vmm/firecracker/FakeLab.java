package dev.smolvm.vmm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.TestStores;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.Guest;
import dev.smolvm.image.ImageManifest;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonParser;
import dev.smolvm.os.Command;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.os.ProcessesIn;
import dev.smolvm.sandbox.AcceleratorChoice;
import dev.smolvm.sandbox.BackendChoice;
import dev.smolvm.sandbox.DriveRequest;
import dev.smolvm.sandbox.NetworkMode;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.FlushPolicy;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.Staging;
import dev.smolvm.store.Store;
import dev.smolvm.store.StoreLocks;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** A store with an image and one sandbox's worth of questions, on a host whose Firecracker is the fake. */
final class FakeLab implements AutoCloseable {
    static final ImageName IMAGE = new ImageName("fake");
    static final SandboxName BOX = new SandboxName("box");
    static final int MEMORY_MIB = 64;
    private static final long DISK_BYTES = 4 << 20;
    private static final Duration ANSWER = Duration.ofSeconds(20);

    private final Path home;
    private final SmolVm vm;

    /** @param program the fake, as its script */
    FakeLab(Path home, Path program) throws IOException {
        assumeTrue(
                Path.of(System.getProperty("java.home")).toRealPath().startsWith("/usr"),
                "the launcher's confinement lets the fake run a JDK below /usr only");
        this.home = home;
        this.vm = open(home, program);
        if (vm.images().find(IMAGE).isEmpty()) {
            addImage();
        }
    }

    /** Nothing in PATH: neither a jailer nor a QEMU. */
    private static SmolVm open(Path home, Path program) {
        return TestStores.withKvm(
                home, Map.of("SMOLVM_FIRECRACKER", program.toString(), "PATH", "/nonexistent", "SMOLVM_QEMU", ""));
    }

    /** The same store with another Firecracker. */
    FakeLab with(Path program) throws IOException {
        return new FakeLab(home, program);
    }

    private void addImage() throws IOException {
        Store store = vm.store();
        try (StoreLocks.Held held = store.locks().storeShared();
                Staging staging = store.stage()) {
            Path root = staging.file("root");
            Command.of("qemu-img", "create", "-q", "-f", "qcow2", root.toString(), Long.toString(DISK_BYTES))
                    .check();
            addImage(
                    IMAGE,
                    new ImageManifest.Boot.DirectKernel(
                            store.addBlob(text(staging, "kernel", "\177ELF and more"), BlobKind.KERNEL),
                            store.addBlob(text(staging, "initrd", "initrd"), BlobKind.INITRD),
                            "console=ttyS0"),
                    store.addBlob(root, BlobKind.LAYER));
        }
    }

    private static Path text(Staging staging, String name, String content) throws IOException {
        return Files.writeString(staging.file(name), content);
    }

    void addImage(ImageName name, ImageManifest.Boot boot, Blob root) throws IOException {
        DurableFiles.createDirectory(vm.store().layout().image(name));
        DurableFiles.write(
                vm.store().layout().imageManifest(name),
                new ImageManifest(
                                name,
                                ImageManifest.GuestOs.LINUX,
                                boot,
                                root,
                                DISK_BYTES,
                                new ImageManifest.Control.Agent(),
                                "a test",
                                Instant.EPOCH)
                        .toJson()
                        .pretty());
    }

    SmolVm vm() {
        return vm;
    }

    /** Of one that boots. */
    static SandboxRequest request() {
        return request(IMAGE, BackendChoice.FIRECRACKER, AcceleratorChoice.AUTO, List.of());
    }

    static SandboxRequest request(
            ImageName image, BackendChoice backend, AcceleratorChoice accelerator, List<DriveRequest> drives) {
        return new SandboxRequest(
                Optional.of(BOX),
                image,
                MEMORY_MIB,
                1,
                OptionalLong.empty(),
                backend,
                accelerator,
                NetworkMode.NONE,
                drives,
                List.of(),
                ANSWER,
                Optional.empty(),
                true);
    }

    FakeLab boot() {
        vm.sandboxes().create(request(), Progress.NONE);
        return this;
    }

    SandboxStatus status() {
        return vm.sandboxes().info(BOX).status();
    }

    ProcessIdentity vmm() {
        return ProcessIdentity.of(vm.sandboxes().info(BOX).pid().orElseThrow()).orElseThrow();
    }

    /** Runs a script of the fake guest's commands, which must succeed; returns what it printed. */
    String sh(String script) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        try (Guest guest = vm.sandboxes().connect(BOX, ANSWER)) {
            int code = guest.exec(ExecRequest.of("sh", "-ec", script), ExecIo.of(ExecIo.NO_INPUT, out, err))
                    .shellCode();
            assertThat(code).as("%s: %s%s", script, out, err).isZero();
        }
        return out.toString(StandardCharsets.UTF_8).strip();
    }

    long number(String script) {
        return Long.parseLong(sh(script));
    }

    /** The source goes on. */
    SnapshotInfo save(String id, SnapshotType type) {
        return save(id, type, Progress.NONE);
    }

    SnapshotInfo save(String id, SnapshotType type, Progress progress) {
        return vm.snapshots()
                .create(
                        new SnapshotRequest(
                                BOX, Optional.of(new SnapshotId(id)), type, true, false, FlushPolicy.REQUIRED),
                        progress);
    }

    void restore(String id) {
        vm.snapshots().restore(new RestoreRequest(new SnapshotId(id), true, true), Progress.NONE);
    }

    /** The memory file as the snapshot has it. */
    Path memory(String id) {
        return vm.snapshots().info(new SnapshotId(id)).memoryPath().orElseThrow();
    }

    /** Of the newest VMM. */
    Path run() throws IOException {
        try (var runs = Files.newDirectoryStream(vm.store().layout().vm(BOX), "run-*")) {
            Path newest = null;
            for (Path run : runs) {
                newest = newest == null || run.toString().compareTo(newest.toString()) > 0 ? run : newest;
            }
            return newest;
        }
    }

    /** A request that the newest VMM got, such as {@code PUT /vsock} or {@code PATCH /vm Paused}, or something that its guest's agent did. */
    record Call(String what, JsonFields body) {}

    List<Call> calls() throws IOException {
        List<Call> calls = new ArrayList<>();
        for (String line : Files.readAllLines(run().resolve("calls.jsonl"))) {
            JsonFields call = JsonFields.of(JsonParser.parse(line), "call");
            if (call.has("agent")) {
                calls.add(new Call("agent " + call.string("agent"), call));
                continue;
            }
            JsonFields body = call.optionalObject("body")
                    .orElse(JsonFields.of(Json.object().build(), "body"));
            String kind = body.optionalString("state")
                    .or(() -> body.optionalString("snapshot_type"))
                    .map(k -> " " + k)
                    .orElse("");
            calls.add(new Call(call.string("method") + " " + call.string("path") + kind, body));
        }
        return calls;
    }

    /** What was asked to be done, without the questions. */
    List<String> deeds() throws IOException {
        return calls().stream()
                .map(Call::what)
                .filter(what -> !what.startsWith("GET"))
                .toList();
    }

    /** The last request of this kind. */
    JsonFields last(String what) throws IOException {
        return calls().stream()
                .filter(call -> call.what().equals(what))
                .toList()
                .getLast()
                .body();
    }

    /** Full or Diff, one for each capture of the newest VMM. */
    List<String> captures() throws IOException {
        return deeds().stream()
                .filter(what -> what.startsWith("PUT /snapshot/create "))
                .map(what -> what.substring("PUT /snapshot/create ".length()))
                .toList();
    }

    @Override
    public void close() throws IOException {
        ProcessesIn.directory(home).forEach(ProcessIdentity::kill);
    }
}
