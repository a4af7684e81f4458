package dev.smolvm.vmm.firecracker;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.os.ProcessMemory;
import dev.smolvm.vmm.CaptureRequest;
import dev.smolvm.vmm.CapturedState;
import dev.smolvm.vmm.HostTools;
import dev.smolvm.vmm.LayeredDisks;
import dev.smolvm.vmm.SavedState;
import dev.smolvm.vmm.Vm;
import dev.smolvm.vmm.VmState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** One Firecracker process, held through its API. */
final class FirecrackerVm implements Vm {
    private static final Duration LOAD_DEADLINE = Duration.ofSeconds(60);
    /** A snapshot that another command began is written to its end first; nothing else is answered meanwhile. */
    private static final Duration ABANDON_DEADLINE = Duration.ofMinutes(5);

    private final FirecrackerApi api;
    private final ProcessIdentity process;
    private final Path run;
    private final PortForwards forwards;
    private final Standstill standstill;

    FirecrackerVm(FirecrackerApi api, ProcessIdentity process, Path run, HostTools tools) {
        this.api = api;
        this.process = process;
        this.run = run;
        this.forwards = new PortForwards(run, process, tools);
        this.standstill = new Standstill(run);
    }

    FirecrackerApi api() {
        return api;
    }

    @Override
    public ProcessIdentity process() {
        return process;
    }

    @Override
    public VmState state() {
        return state(api, FirecrackerApi.REQUEST_DEADLINE);
    }

    /** A guest that powers off takes its VMM with it, and one whose writes fail is told so by its disk: neither is a state here. */
    static VmState state(FirecrackerApi api, Duration deadline) {
        try {
            return switch (api.get("/", deadline).string("state")) {
                case "Running" -> VmState.RUNNING;
                default -> VmState.PAUSED;
            };
        } catch (JsonFormatException e) {
            throw broken(e);
        }
    }

    static SmolVmException broken(JsonFormatException e) {
        return new SmolVmException(
                ErrorKind.INTEGRITY, "Firecracker's API broke the protocol: " + e.getMessage(), "", e);
    }

    FirecrackerVersion version() {
        try {
            return FirecrackerVersion.parse(api.get("/version").string("firecracker_version"));
        } catch (JsonFormatException e) {
            throw broken(e);
        }
    }

    /** The file has that size already; Firecracker looks again, and tells the guest, when it is given the same file. */
    @Override
    public void announceSize(String disk, long bytes) {
        api.patch("/drives/" + disk, Json.object().put("drive_id", disk).put("path_on_host", RunFiles.disk(disk)));
    }

    @Override
    public void pause() {
        standstill.begins();
        setState("Paused");
    }

    @Override
    public void resume() {
        standstill.ends(api, version());
        setState("Resumed");
    }

    private void setState(String state) {
        api.patch("/vm", Json.object().put("state", state));
    }

    /** Ctrl-Alt-Del, on which the guest's first process shuts down. */
    @Override
    public void powerButton() {
        api.put("/actions", Json.object().put("action_type", "SendCtrlAltDel"));
    }

    /** Firecracker keeps nothing of the disks back from the host's kernel, and has no request that ends it. */
    @Override
    public void quit() {
        process.kill();
    }

    @Override
    public void kill() {
        process.kill();
    }

    @Override
    public LayeredDisks layers() {
        throw new SmolVmException(
                ErrorKind.UNSUPPORTED, "Firecracker cannot save the disk alone", "use --snapshot-type full or diff");
    }

    /** Loads a state into a fresh process; it stays paused. Its disks and sockets have the names that the state holds. */
    void load(SavedState state) {
        if (state.memoryOffset() != 0) {
            throw new SmolVmException(
                    ErrorKind.INCOMPATIBLE,
                    "Firecracker cannot load memory that begins at byte " + state.memoryOffset() + " of a file",
                    "restore it with the VMM that saved it");
        }
        FirecrackerVersion version = version();
        Json.Builder request = Json.object()
                .put("snapshot_path", RunFiles.LOADED_STATE)
                .put(
                        "mem_backend",
                        Json.object()
                                .put("backend_type", "File")
                                .put("backend_path", RunFiles.LOADED_MEMORY)
                                .build())
                .put(version.loadTracksDirtyPages() ? "track_dirty_pages" : "enable_diff_snapshots", true)
                .put("resume_vm", false);
        if (version.clockRealtime()) {
            request.put("clock_realtime", true);
        }
        try {
            api.put("/snapshot/load", request, LOAD_DEADLINE);
        } catch (FirecrackerFaultException e) {
            throw new SmolVmException(
                    ErrorKind.INTEGRITY,
                    "Firecracker cannot load the saved state " + state.deviceState() + ": " + e.fault(),
                    "restore another snapshot: smolvm sandbox snapshot list",
                    e);
        }
    }

    @Override
    public CapturedState capture(CaptureRequest request) {
        return new Capture(this, new WriteTracking(run), standstill, Quarters.of(run)).run(request);
    }

    @Override
    public long memoryInUse() {
        try {
            // Firecracker itself needs a few megabytes.
            return ProcessMemory.inUse(process.pid(), 0, Long.MAX_VALUE);
        } catch (IOException e) {
            throw SmolVmException.of("read what memory Firecracker uses", e);
        }
    }

    @Override
    public void marked(String name) {
        new WriteTracking(run).mark(name);
    }

    @Override
    public void abandonCapture() {
        api.get("/", ABANDON_DEADLINE);
    }

    @Override
    public void forward(int hostPort, int guestPort) {
        forwards.open(hostPort, guestPort);
    }

    @Override
    public void unforward(int hostPort) {
        forwards.close(hostPort);
    }

    @Override
    public byte[] drainConsole() {
        try {
            return new VmConsole(run).drain();
        } catch (IOException e) {
            throw SmolVmException.of("read the console in " + run, e);
        }
    }

    @Override
    public boolean awaitPowerOff(Duration limit) {
        return process.awaitEnd(limit);
    }

    @Override
    public void close() {
        api.close();
    }
}
