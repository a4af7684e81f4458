package dev.smolvm.bench.qemu;

import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.GuestAddress;
import dev.smolvm.guest.connect.GuestConnectors;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.os.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A QEMU that is started and told what to do by hand. */
public final class RawQemu implements AutoCloseable {
    private static final String SOCKET = "qmp.sock";

    private final Process process;
    private final Path directory;
    private final QemuArguments arguments;
    private Qmp qmp;
    private int jobs;

    private RawQemu(Process process, Path directory, QemuArguments arguments) {
        this.process = process;
        this.directory = directory;
        this.arguments = arguments;
    }

    /**
     * Starts it; returns once its monitor has answered.
     *
     * @param directory an empty one, for its sockets
     */
    static RawQemu start(QemuArguments arguments, Path directory) throws IOException, InterruptedException {
        Path log = directory.resolve("log");
        Process process = new ProcessBuilder(arguments.words())
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        RawQemu qemu = new RawQemu(process, directory, arguments);
        try {
            qemu.qmp = Qmp.connect(directory.resolve(SOCKET), process);
            return qemu;
        } catch (IOException e) {
            qemu.close();
            throw new IOException("QEMU ended: " + Files.readString(log).strip(), e);
        } catch (InterruptedException e) {
            qemu.close();
            throw e;
        }
    }

    public long pid() {
        return process.pid();
    }

    /** Loads a device state; memory is mapped already. */
    void load(Path deviceState) throws IOException {
        qmp.execute(
                "migrate-set-capabilities",
                Json.object()
                        .put(
                                "capabilities",
                                new Json.Arr(List.of(Json.object()
                                        .put("capability", "events")
                                        .put("state", true)
                                        .build()))));
        qmp.execute("migrate-incoming", Json.object().put("uri", "file:" + deviceState));
        JsonFields end = qmp.await(e -> e.string("event").equals("MIGRATION")
                && List.of("completed", "failed").contains(e.object("data").string("status")));
        if (end.object("data").string("status").equals("failed")) {
            throw new IOException("QEMU cannot load " + deviceState);
        }
    }

    public void run() throws IOException {
        qmp.execute("cont", Json.object());
    }

    public void stop() throws IOException {
        qmp.execute("stop", Json.object());
    }

    /** Opens a session with the guest's agent and runs a command that does nothing. */
    public void firstCommand() {
        GuestAddress address = new GuestAddress.VirtioSerial(directory, arguments.agentPorts());
        try (Guest guest = GuestConnectors.standard().connect(address, Duration.ofSeconds(60))) {
            guest.exec(ExecRequest.of("true"), ExecIo.none());
        }
    }

    /** Adds the nodes of an empty layer, without using it yet. */
    public void addLayer(String node, Path file) throws IOException {
        qmp.execute(
                "blockdev-add",
                Json.object()
                        .put("driver", "qcow2")
                        .put("node-name", node)
                        .put(
                                "file",
                                Json.object()
                                        .put("driver", "file")
                                        .put("filename", file.toString())
                                        .build())
                        .put("backing", Json.NULL));
    }

    /** Goes on writing into a layer that was added. */
    public void switchLayer(String from, String to) throws IOException {
        qmp.execute("blockdev-snapshot", Json.object().put("node", from).put("overlay", to));
    }

    /** QEMU's own snapshot, memory and all, inside the disk's file; returns how long the guest stood still. */
    public Duration saveInside(String tag) throws IOException {
        qmp.forgetEvents();
        job("snapshot-save", tag);
        long stopped = micros(qmp.await(e -> e.string("event").equals("STOP")));
        long resumed = micros(qmp.await(e -> e.string("event").equals("RESUME")));
        awaitJob("snapshot-save");
        return Duration.ofNanos((resumed - stopped) * 1_000);
    }

    public void loadInside(String tag) throws IOException {
        job("snapshot-load", tag);
        awaitJob("snapshot-load");
    }

    public void deleteInside(String tag) throws IOException {
        String node = arguments.rootNode();
        qmp.execute(
                "snapshot-delete",
                Json.object()
                        .put("job-id", nextJob("snapshot-delete"))
                        .put("tag", tag)
                        .put("devices", Json.ofStrings(List.of(node))));
        awaitJob("snapshot-delete");
    }

    private void job(String command, String tag) throws IOException {
        String node = arguments.rootNode();
        qmp.execute(
                command,
                Json.object()
                        .put("job-id", nextJob(command))
                        .put("tag", tag)
                        .put("vmstate", node)
                        .put("devices", Json.ofStrings(List.of(node))));
    }

    private String nextJob(String command) {
        return command + ++jobs;
    }

    /** Waits for the last job's end. */
    private void awaitJob(String command) throws IOException {
        String id = command + jobs;
        qmp.await(e -> e.string("event").equals("JOB_STATUS_CHANGE")
                && e.object("data").string("id").equals(id)
                && e.object("data").string("status").equals("concluded"));
        JsonFields answer = new JsonFields(
                Json.object()
                        .put("jobs", qmp.execute("query-jobs", Json.object()))
                        .build(),
                "query-jobs");
        for (JsonFields job : answer.list("jobs", j -> j)) {
            if (job.string("id").equals(id) && job.has("error")) {
                throw new IOException(command + ": " + job.string("error"));
            }
        }
        qmp.execute("job-dismiss", Json.object().put("id", id));
    }

    private static long micros(JsonFields event) {
        JsonFields time = event.object("timestamp");
        return time.integer("seconds") * 1_000_000 + time.integer("microseconds");
    }

    /** Ends it as one who wants its disk to be complete. */
    public void quit() throws IOException, InterruptedException {
        qmp.execute("quit", Json.object());
        process.waitFor();
        close();
    }

    /** Makes an empty layer of a disk's size. */
    public static void createOverlay(Path file, long bytes) {
        Command.of("qemu-img", "create", "-q", "-f", "qcow2", file.toString(), Long.toString(bytes))
                .check();
    }

    /** Ends it at once. */
    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        process.onExit().join();
        if (qmp != null) {
            qmp.close();
        }
    }
}
