package dev.smolvm.vmm.qemu;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.os.ProcessMemory;
import dev.smolvm.os.SparseCopy;
import dev.smolvm.os.UnixSockets;
import dev.smolvm.vmm.AttachedDisk;
import dev.smolvm.vmm.CaptureRequest;
import dev.smolvm.vmm.CapturedState;
import dev.smolvm.vmm.DiskCopy;
import dev.smolvm.vmm.LayerMove;
import dev.smolvm.vmm.LayeredDisks;
import dev.smolvm.vmm.SavedState;
import dev.smolvm.vmm.Vm;
import dev.smolvm.vmm.VmState;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One QEMU process, held through its control monitor. */
final class QemuVm implements Vm, LayeredDisks {
    private static final Duration LOAD_DEADLINE = Duration.ofSeconds(60);
    private static final Duration QUIT_DEADLINE = Duration.ofSeconds(20);
    private static final int CONSOLE_READ = 64 << 10;

    /** Its name, page size and offset, then its size in use and in all, and its address. */
    private static final Pattern RAM_BLOCK = Pattern.compile(
            "(?m)^ *" + QemuCommandLine.RAM + " .*0x[0-9a-f]+ +0x([0-9a-f]{1,16}) +0x[0-9a-f]+ +0x([0-9a-f]{1,16})\\b");

    private final QmpClient qmp;
    private final ProcessIdentity process;
    private final QemuBinary binary;

    QemuVm(QmpClient qmp, ProcessIdentity process, QemuBinary binary) {
        this.qmp = qmp;
        this.process = process;
        this.binary = binary;
    }

    @Override
    public ProcessIdentity process() {
        return process;
    }

    @Override
    public VmState state() {
        return state(qmp);
    }

    static VmState state(QmpClient qmp) {
        return switch (status(qmp)) {
            case "running", "debug" -> VmState.RUNNING;
            case "shutdown", "guest-panicked" -> VmState.POWERED_OFF;
            case "io-error" -> VmState.WRITE_FAILED;
            default -> VmState.PAUSED;
        };
    }

    /** QEMU's own word for it (QAPI RunState). */
    static String status(QmpClient qmp) {
        return qmp.execute("query-status").string("status");
    }

    @Override
    public void pause() {
        qmp.execute("stop");
    }

    @Override
    public void resume() {
        qmp.execute("cont");
    }

    /** The file has that size already; QEMU tells the guest whenever it is asked to change it. */
    @Override
    public void announceSize(String disk, long bytes) {
        qmp.execute(
                "block_resize",
                Json.object().put("node-name", activeLayers().get(disk)).put("size", bytes));
    }

    @Override
    public void powerButton() {
        qmp.execute("system_powerdown");
    }

    @Override
    public void quit() {
        try {
            qmp.execute("quit");
        } catch (SmolVmException e) {
            // It may end before it answers.
        }
        if (!process.awaitEnd(QUIT_DEADLINE)) {
            process.kill();
        }
    }

    @Override
    public void kill() {
        process.kill();
    }

    /** Loads a device state into a machine whose memory is mapped already; it stays paused. */
    void load(SavedState state, Path run) {
        QmpClient.Command events = QmpClient.Command.of("migrate-set-capabilities", capabilities("events"));
        if (binary.mappedRam()) {
            qmp.executeAll(List.of(events, incoming("file:" + state.deviceState())));
        } else {
            Path socket = run.resolve("load.sock");
            qmp.executeAll(List.of(events, incoming("unix:" + socket.getFileName())));
            send(state.deviceState(), socket);
        }
        QmpClient.Event end = qmp.awaitEvent(
                e -> e.name().equals("MIGRATION")
                        && List.of("completed", "failed").contains(e.data().string("status")),
                LOAD_DEADLINE,
                "the end of loading " + state.deviceState());
        if (end.data().string("status").equals("failed")) {
            JsonFields migration = qmp.execute("query-migrate");
            throw new SmolVmException(
                    ErrorKind.INTEGRITY,
                    "QEMU cannot load the device state " + state.deviceState() + ": "
                            + migration.optionalString("error-desc").orElse("no reason given"),
                    "restore another snapshot: smolvm sandbox snapshot list");
        }
    }

    private static QmpClient.Command incoming(String uri) {
        return QmpClient.Command.of("migrate-incoming", Json.object().put("uri", uri));
    }

    /** A QEMU that knows no mapped-ram may not know files either, so it gets the state over a socket in its working directory. */
    private static void send(Path deviceState, Path socket) {
        try (SocketChannel channel = UnixSockets.connect(socket);
                FileChannel file = FileChannel.open(deviceState, StandardOpenOption.READ)) {
            for (long at = 0; at < file.size(); ) {
                at += file.transferTo(at, file.size() - at, channel);
            }
        } catch (IOException e) {
            throw SmolVmException.of("give QEMU the device state " + deviceState, e);
        }
    }

    static Json.Builder capabilities(String... on) {
        List<Json> all = new ArrayList<>();
        for (String capability : on) {
            all.add(Json.object()
                    .put("capability", capability)
                    .put("state", true)
                    .build());
        }
        return Json.object().put("capabilities", new Json.Arr(all));
    }

    @Override
    public Map<String, String> activeLayers() {
        Map<String, String> active = new LinkedHashMap<>();
        inserted().forEach((id, disk) -> active.put(id, disk.string("node-name")));
        return active;
    }

    @Override
    public Map<String, Long> sizes() {
        Map<String, Long> sizes = new LinkedHashMap<>();
        inserted().forEach((id, disk) -> sizes.put(id, disk.object("image").integer("virtual-size")));
        return sizes;
    }

    /** What QEMU says of each of our disks, by the disk's id. */
    private Map<String, JsonFields> inserted() {
        Json answer = qmp.call("query-block", Json.object().build(), QmpClient.COMMAND_DEADLINE);
        Map<String, JsonFields> inserted = new LinkedHashMap<>();
        for (JsonFields device : JsonFields.of(Json.object().put("b", answer).build(), "query-block")
                .list("b", d -> d)) {
            String path = device.optionalString("qdev").orElse("");
            // "/machine/peripheral/disk-root/virtio-backend" for virtio, "disk-root" for others.
            int at = path.indexOf("disk-");
            if (at >= 0 && device.has("inserted")) {
                int end = path.indexOf('/', at);
                inserted.put(
                        path.substring(at + "disk-".length(), end < 0 ? path.length() : end),
                        device.object("inserted"));
            }
        }
        return inserted;
    }

    @Override
    public String layerNode(AttachedDisk.Layer layer) {
        return BlockNodes.layerNode(layer);
    }

    @Override
    public LayeredDisks layers() {
        return this;
    }

    /** Memory is always saved whole: QEMU tells no one which pages changed since. */
    @Override
    public CapturedState capture(CaptureRequest request) {
        return new LiveCapture(qmp, binary, new LayerSwitch(qmp, request.moves()), new CopyJobs(qmp, request.copies()))
                .run(request.directory(), request.resume(), request.listener());
    }

    @Override
    public long memoryInUse() {
        Matcher block = RAM_BLOCK.matcher(monitor("info ramblock"));
        if (!block.find()) {
            throw new SmolVmException(
                    ErrorKind.INCOMPATIBLE,
                    "QEMU does not say where it has the guest's memory",
                    "leave out what asks for it, such as --trim-memory");
        }
        long from = Long.parseUnsignedLong(block.group(2), 16);
        try {
            return ProcessMemory.inUse(process.pid(), from, from + Long.parseUnsignedLong(block.group(1), 16));
        } catch (IOException e) {
            throw SmolVmException.of("read what memory QEMU uses", e);
        }
    }

    @Override
    public void marked(String name) {}

    @Override
    public void abandonCapture() {
        new LiveCapture(qmp, binary, new LayerSwitch(qmp, List.of()), new CopyJobs(qmp, List.of())).abandon();
    }

    @Override
    public void finishSwitch(List<LayerMove> moves) {
        Map<String, String> active = activeLayers();
        for (LayerMove move : moves) {
            LayerSwitch layers = new LayerSwitch(qmp, List.of(move));
            if (layerNode(move.next()).equals(active.get(move.chain().id()))) {
                layers.sealLower();
            } else {
                layers.abandon();
            }
        }
    }

    @Override
    public void switchLayers(List<LayerMove> moves, List<DiskCopy> copies) {
        LayerSwitch layers = new LayerSwitch(qmp, moves);
        CopyJobs jobs = new CopyJobs(qmp, copies);
        layers.prepare();
        jobs.prepare();
        layers.commit(jobs.actions());
        layers.sealLower();
    }

    @Override
    public void awaitCopies(List<DiskCopy> copies, SparseCopy.Listener listener) {
        new CopyJobs(qmp, copies).await(listener);
    }

    @Override
    public void forward(int hostPort, int guestPort) {
        String answer =
                monitor("hostfwd_add " + QemuCommandLine.NETWORK + " tcp:127.0.0.1:" + hostPort + "-:" + guestPort);
        if (!answer.isBlank()) {
            throw new SmolVmException(
                    ErrorKind.CONFLICT,
                    "cannot forward 127.0.0.1:" + hostPort + " to the guest: " + answer.strip(),
                    "choose another host port, or leave it out to get a free one");
        }
    }

    @Override
    public void unforward(int hostPort) {
        monitor("hostfwd_remove " + QemuCommandLine.NETWORK + " tcp:127.0.0.1:" + hostPort);
    }

    /** For the few things QMP has no command for. */
    private String monitor(String line) {
        return qmp.call(
                                "human-monitor-command",
                                Json.object().put("command-line", line).build(),
                                QmpClient.COMMAND_DEADLINE)
                        instanceof Json.Str(var text)
                ? text
                : "";
    }

    @Override
    public byte[] drainConsole() {
        ByteArrayOutputStream console = new ByteArrayOutputStream();
        while (true) {
            Json answer = qmp.call(
                    "ringbuf-read",
                    Json.object()
                            .put("device", QemuCommandLine.CONSOLE)
                            .put("size", CONSOLE_READ)
                            .put("format", "base64")
                            .build(),
                    QmpClient.COMMAND_DEADLINE);
            byte[] part =
                    answer instanceof Json.Str(var text) ? Base64.getDecoder().decode(text) : new byte[0];
            if (part.length == 0) {
                return console.toByteArray();
            }
            console.writeBytes(part);
        }
    }

    @Override
    public boolean awaitPowerOff(Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        while (System.nanoTime() < end) {
            if (!process.alive() || state() == VmState.POWERED_OFF) {
                return true;
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new SmolVmException(ErrorKind.INTERRUPTED, "interrupted while the guest powers off", "", e);
            }
        }
        return false;
    }

    @Override
    public void close() {
        qmp.close();
    }
}
