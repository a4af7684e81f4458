package dev.smolvm.vmm.firecracker.fake;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.function.IntConsumer;

/** The virtual machine: not started, running or paused. */
final class Machine {
    private static final String RESTORE = "Load snapshot error: Failed to restore from snapshot: ";
    private static final byte[] ELF = {0x7F, 'E', 'L', 'F'};
    private static final long LEAST_MEMORY = 8 << 20;

    private final Path directory;
    private final Release release;
    private final CallLog log;
    private final Console console;
    private final IntConsumer ended;
    private final Devices devices;
    private final VirtualCpus cpus = new VirtualCpus();
    private GuestMemory memory;
    private Guest guest;
    private Vsock vsock;
    /** Something of the machine was configured, so that nothing can be loaded any more. */
    private boolean touched;

    /** @param ended is told the exit status when the guest ends the machine */
    Machine(Path directory, Release release, CallLog log, Console console, IntConsumer ended) {
        this.directory = directory;
        this.release = release;
        this.log = log;
        this.console = console;
        this.ended = ended;
        this.devices = new Devices(directory, release);
    }

    boolean started() {
        return guest != null;
    }

    String state() {
        return guest == null ? "Not started" : cpus.running() ? "Running" : "Paused";
    }

    /** To change what is configured; {@link #touched} from then on. */
    Devices configured() {
        touched = true;
        return devices;
    }

    Devices devices() {
        return devices;
    }

    void vsock(Json.Obj config) throws Fault {
        touched = true;
        if (vsock != null) {
            // As in Firecracker, a failure leaves no device.
            Path before = directory.resolve(devices.vsockPath().orElseThrow());
            vsock.close();
            vsock = null;
            devices.vsock(Json.NULL);
            try {
                Files.delete(before);
            } catch (IOException e) {
                throw Fault.of("Vsock config error: " + Fault.system(e));
            }
        }
        vsock = new Vsock(directory.resolve(new JsonFields(config, "").string("uds_path")));
        devices.vsock(config);
    }

    void start() throws Fault {
        JsonFields boot = devices.boot()
                .orElseThrow(() -> Fault.of("Start microvm error: Cannot start microvm without kernel configuration."));
        checkKernel(boot.string("kernel_image_path"));
        memory = new GuestMemory(devices.memoryBytes(), null, devices.tracksDirtyPages());
        console.open();
        Guest next = new Guest(cpus, memory, devices, console::line, ended);
        try {
            next.boot(boot.optionalString("boot_args").orElse(""), devices.memoryBytes());
        } catch (IOException e) {
            throw Fault.of("Start microvm error: " + e.getMessage());
        }
        begin(next);
        cpus.resume();
    }

    private void checkKernel(String path) throws Fault {
        try (InputStream kernel = Files.newInputStream(directory.resolve(path))) {
            if (Arrays.equals(kernel.readNBytes(ELF.length), ELF) && devices.memoryBytes() >= LEAST_MEMORY) {
                return;
            }
        } catch (IOException e) {
            throw Fault.of("Start microvm error: " + Fault.system(e));
        }
        throw Fault.of("Start microvm error: System configuration error: Cannot load kernel due to invalid memory"
                + " configuration or invalid kernel image: Kernel Loader: failed to load ELF kernel image: Kernel Loader:"
                + " Invalid Elf magic number");
    }

    private void begin(Guest next) {
        guest = next;
        guest.start();
        if (vsock != null) {
            vsock.serve(cpus, socket -> new AgentSession(guest, socket, log).serve());
        }
    }

    void pause() {
        cpus.pause();
    }

    void resume() {
        if (vsock != null) {
            vsock.resumed();
        }
        cpus.resume();
    }

    /** A guest that runs an init which listens reboots in order. */
    void ctrlAltDel() {
        Thread.ofVirtual().start(() -> {
            try {
                cpus.run(() -> {
                    guest.shutDown();
                    return null;
                });
            } catch (Exception e) {
                // The machine ended before.
                return;
            }
        });
    }

    void save(JsonFields request) throws Fault {
        if (cpus.running()) {
            throw Fault.of("Create snapshot error: Cannot save the microVM state: Operation not allowed: save/restore"
                    + " unavailable while running");
        }
        Path file = directory.resolve(request.string("mem_file_path"));
        boolean full = request.optionalString("snapshot_type").orElse("Full").equals("Full");
        try {
            StateFile.write(directory.resolve(request.string("snapshot_path")), release, devices.saved());
        } catch (IOException e) {
            throw Fault.of(
                    "Create snapshot error: Cannot perform open on the snapshot backing file: " + Fault.system(e));
        }
        try {
            if (full) {
                memory.dump(file);
            } else if (memory.tracked() || release.since(13)) {
                memory.dumpChanges(file);
            } else {
                memory.sized(file).close();
                throw Fault.of("Create snapshot error: Cannot get dirty bitmap: Error getting the KVM dirty bitmap. No"
                        + " such file or directory (os error 2)");
            }
        } catch (IOException e) {
            throw Fault.of("Create snapshot error: Cannot perform open on the memory backing file: " + Fault.system(e));
        }
        if (vsock != null) {
            vsock.reset();
        }
    }

    /** What fails from here on ends Firecracker. */
    void load(JsonFields request) throws Fault {
        if (touched) {
            throw Fault.of("Load snapshot error: Loading a microVM snapshot not allowed after configuring boot-specific"
                    + " resources.");
        }
        touched = true;
        try {
            boolean tracked = flag(request, "track_dirty_pages") || flag(request, "enable_diff_snapshots");
            JsonFields saved = StateFile.read(directory.resolve(request.string("snapshot_path")), release);
            devices.restore(new SavedDevices(saved).overridden(request), tracked);
            memory = new GuestMemory(devices.memoryBytes(), memoryFile(request), tracked);
            if (devices.vsockPath().isPresent()) {
                vsock = new Vsock(directory.resolve(devices.vsockPath().get()));
            }
            console.open();
            begin(new Guest(cpus, memory, devices, console::line, ended));
        } catch (Fault e) {
            String message = e.getMessage();
            throw (message.startsWith(RESTORE)
                            ? e
                            : Fault.of(RESTORE + "Failed to build microVM from snapshot: " + message))
                    .asFatal();
        } catch (JsonFormatException e) {
            throw Fault.of(RESTORE + e.getMessage()).asFatal();
        }
        if (flag(request, "resume_vm")) {
            resume();
        }
    }

    private static boolean flag(JsonFields request, String name) {
        return request.has(name) && request.bool(name);
    }

    private FileChannel memoryFile(JsonFields request) throws Fault {
        JsonFields backend = request.optionalObject("mem_backend").orElse(null);
        if (backend != null && backend.string("backend_type").equals("Uffd")) {
            throw Fault.of(RESTORE + "Failed to load guest memory: the fake has no handler of page faults");
        }
        String path = backend == null ? request.string("mem_file_path") : backend.string("backend_path");
        try {
            FileChannel file = FileChannel.open(directory.resolve(path), StandardOpenOption.READ);
            // Firecracker refuses only a file that is too short; a longer one is none of ours either.
            if (file.size() != devices.memoryBytes()) {
                throw Fault.of(RESTORE + "Failed to load guest memory: Error creating guest memory from file: Failed to"
                        + " restore guest memory: Size of the file does not match that of the memory");
            }
            return file;
        } catch (IOException e) {
            throw Fault.of(
                    RESTORE + "Failed to load guest memory: Error creating guest memory from file: Failed to load"
                            + " guest memory: " + Fault.system(e));
        }
    }

    /** Lets go of everything, as the end of the process does: sockets stay where they are. */
    void close() {
        cpus.pause();
        if (guest != null) {
            guest.stop();
        }
        if (vsock != null) {
            vsock.close();
        }
        devices.close();
    }
}
