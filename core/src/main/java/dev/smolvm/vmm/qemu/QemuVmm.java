package dev.smolvm.vmm.qemu;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.os.SparseCopy;
import dev.smolvm.os.UnixSockets;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.vmm.Accelerator;
import dev.smolvm.vmm.AttachedDisk;
import dev.smolvm.vmm.HostTools;
import dev.smolvm.vmm.LayerFormat;
import dev.smolvm.vmm.MachineSpec;
import dev.smolvm.vmm.MemoryForm;
import dev.smolvm.vmm.SavedState;
import dev.smolvm.vmm.Vm;
import dev.smolvm.vmm.VmPlace;
import dev.smolvm.vmm.VmState;
import dev.smolvm.vmm.Vmm;
import dev.smolvm.vmm.VmmCapabilities;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** QEMU as a VMM: started detached, reached over QMP sockets in its run directory. */
public final class QemuVmm implements Vmm {
    /** From the start of the process to the monitor's greeting. */
    private static final Duration START_DEADLINE = Duration.ofSeconds(30);

    private static final Duration OBSERVE_DEADLINE = Duration.ofSeconds(3);

    private final Supplier<QemuBinary> finder;
    private QemuBinary binary;
    private final HostTools tools;
    private final StoreLayout layout;
    private final Supplier<Accelerator.Detected> accelerator;

    /** @param finder looks for the binary, once it is needed: what runs already can be reached without */
    public QemuVmm(
            Supplier<QemuBinary> finder,
            HostTools tools,
            StoreLayout layout,
            Supplier<Accelerator.Detected> accelerator) {
        this.finder = finder;
        this.accelerator = accelerator;
        this.tools = tools;
        this.layout = layout;
    }

    private synchronized QemuBinary binary() {
        if (binary == null) {
            binary = finder.get();
        }
        return binary;
    }

    @Override
    public String name() {
        return "qemu";
    }

    @Override
    public String version() {
        return name() + " " + binary().version();
    }

    @Override
    public String machineType() {
        return binary().machineType();
    }

    @Override
    public String cpuModel(Accelerator accelerator) {
        return switch (accelerator) {
            case KVM -> "host";
            case TCG -> "max";
        };
    }

    @Override
    public VmmCapabilities capabilities() {
        return new VmmCapabilities(
                true,
                binary().mappedRam() ? MemoryForm.MAPPED : MemoryForm.STREAM,
                binary().directIo(),
                true,
                LayerFormat.QCOW2_CHAIN,
                true,
                true,
                true,
                // The files must be mapped where they lie.
                binary().preloads() && binary().mapsReadOnly());
    }

    @Override
    public Accelerator.Detected accelerator() {
        return accelerator.get();
    }

    @Override
    public String kernelParameters() {
        return "";
    }

    @Override
    public Optional<Mismatch> mismatch(MachineSpec saved) {
        if (!saved.vmm().equals(version())) {
            return Optional.of(new Mismatch(
                    "VMM", saved.vmm(), version(), "install that version, or take disk snapshots, which fit any"));
        }
        if (!saved.machineType().equals(machineType())) {
            return Optional.of(new Mismatch(
                    "machine type", saved.machineType(), machineType(), "restore it with the QEMU that saved it"));
        }
        return Optional.empty();
    }

    /** QEMU stays when its guest powers off, so one that is gone has crashed. */
    @Override
    public boolean poweredOff(Path run) {
        return false;
    }

    @Override
    public Vm start(MachineSpec machine, List<AttachedDisk> disks, VmPlace place, Optional<SavedState> saved) {
        Optional<SavedState> state = saved.map(s -> mappable(s, place));
        ProcessIdentity process = launch(machine, disks, place, state);
        try {
            QemuVm vm = connected(place.run(), process);
            try {
                if (state.isPresent()) {
                    load(vm, state.get(), place.run());
                    if (!state.equals(saved)) {
                        // It lives on in the mapping, and goes with it.
                        Files.delete(state.get().memory());
                    }
                }
                return vm;
            } catch (IOException e) {
                vm.close();
                throw SmolVmException.of("remove the copy of the saved memory", e);
            } catch (RuntimeException e) {
                vm.close();
                throw e;
            }
        } catch (RuntimeException e) {
            boolean died = !process.alive();
            process.kill();
            throw died ? died(place.run(), e) : e;
        }
    }

    /** A QEMU that maps only what it may write gets a copy of the memory, unless that lies where it may write anyway. */
    private SavedState mappable(SavedState state, VmPlace place) {
        if (binary().mapsReadOnly() || place.writable().stream().anyMatch(state.memory()::startsWith)) {
            return state;
        }
        if (state.memoryOffset() != 0) {
            throw new SmolVmException(
                    ErrorKind.INCOMPATIBLE,
                    version() + " cannot map the memory of " + state.memory(),
                    "restore it with the QEMU that saved it");
        }
        Path copy = place.run().resolve("memory");
        try {
            DurableFiles.createFile(copy);
            SparseCopy.copy(state.memory(), copy, SparseCopy.Listener.NONE);
        } catch (IOException e) {
            throw SmolVmException.of("copy " + state.memory() + " to " + copy, e);
        }
        return new SavedState(state.deviceState(), copy, 0);
    }

    private static void load(QemuVm vm, SavedState state, Path run) {
        if (!state.overlay().isEmpty() && !QemuLog.in(run).says(MemoryPlan.done(state.overlay()))) {
            throw new SmolVmException(
                    ErrorKind.VM_DIED,
                    peer(run) + ": QEMU did not map its memory from several files"
                            + QemuLog.in(run).because(),
                    "smolvm doctor checks this machine");
        }
        vm.load(state, run);
    }

    @Override
    public Vm attach(Path run, ProcessIdentity process) {
        return connected(run, process);
    }

    @Override
    public VmState observe(Path run, ProcessIdentity process) {
        try (SocketChannel channel = connect(run.resolve(QemuCommandLine.OBSERVER_SOCKET), process, OBSERVE_DEADLINE);
                QmpClient qmp = QmpClient.negotiate(channel, peer(run), OBSERVE_DEADLINE)) {
            return QemuVm.state(qmp);
        } catch (JsonFormatException e) {
            throw new SmolVmException(
                    ErrorKind.INTEGRITY, peer(run) + ": QEMU's monitor broke the protocol: " + e.getMessage(), "", e);
        } catch (IOException e) {
            throw SmolVmException.of("ask QEMU in " + run, e);
        }
    }

    private ProcessIdentity launch(
            MachineSpec machine, List<AttachedDisk> disks, VmPlace place, Optional<SavedState> state) {
        List<String> command = new ArrayList<>();
        command.add(tools.launcher().toString());
        for (Path readable : place.readable()) {
            command.addAll(List.of("--ro", readable.toString()));
        }
        for (Path readable : binary().ownDirectories()) {
            command.addAll(List.of("--ro", readable.toString()));
        }
        if (machine.mac().isPresent()) {
            command.addAll(List.of("--preload", tools.networkPolicy().toString()));
        }
        Optional<SavedState> laid = state.filter(s -> !s.overlay().isEmpty());
        if (laid.isPresent()) {
            command.addAll(List.of("--preload", tools.memoryMapper().toString()));
        }
        state.flatMap(SavedState::workingSet)
                .ifPresent(list -> command.addAll(List.of(
                        "--working-set",
                        list.toString(),
                        "--memory",
                        state.get().memory().toString())));
        for (Path writable : place.writable()) {
            command.addAll(List.of("--rw", writable.toString()));
        }
        command.addAll(List.of("--", binary().path().toString()));
        command.addAll(QemuCommandLine.of(binary(), machine, disks, layout, state));
        Path log = QemuLog.in(place.run()).file();
        try {
            DurableFiles.createFile(log);
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(place.run().toFile())
                    .redirectInput(
                            laid.isPresent()
                                    ? ProcessBuilder.Redirect.PIPE
                                    : ProcessBuilder.Redirect.from(
                                            Path.of("/dev/null").toFile()))
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .redirectErrorStream(true);
            Map<String, String> environment = builder.environment();
            environment.clear();
            environment.put("PATH", "/usr/bin:/bin");
            Optional<byte[]> plan = laid.isPresent()
                    ? Optional.of(MemoryPlan.of(laid.get(), (long) machine.memoryMib() << 20))
                    : Optional.empty();
            Process process = builder.start();
            plan.ifPresent(p -> tell(process, p));
            return ProcessIdentity.of(process.pid()).orElseThrow(() -> died(place.run(), null));
        } catch (IOException e) {
            throw SmolVmException.of("start QEMU", e);
        }
    }

    /** Apart from this thread: a process that does not read, or ends, is found by whoever waits for its monitor. */
    private static void tell(Process process, byte[] plan) {
        Thread.ofPlatform().daemon().start(() -> {
            try (OutputStream input = process.getOutputStream()) {
                input.write(plan);
            } catch (IOException e) {
                // It has ended, and its log says why.
            }
        });
    }

    private QemuVm connected(Path run, ProcessIdentity process) {
        SocketChannel channel = connect(run.resolve(QemuCommandLine.CONTROL_SOCKET), process, START_DEADLINE);
        return new QemuVm(QmpClient.negotiate(channel, peer(run), START_DEADLINE), process, binary());
    }

    private SocketChannel connect(Path socket, ProcessIdentity process, Duration deadline) {
        long end = System.nanoTime() + deadline.toNanos();
        while (true) {
            try {
                return UnixSockets.connect(socket);
            } catch (IOException e) {
                if (!process.alive()) {
                    throw died(socket.getParent(), e);
                }
                if (System.nanoTime() > end) {
                    throw new SmolVmException(
                            ErrorKind.GUEST_UNRESPONSIVE,
                            peer(socket.getParent()) + ": QEMU's monitor cannot be reached: " + e.getMessage(),
                            "smolvm sandbox stop --force NAME ends it",
                            e);
                }
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SmolVmException(ErrorKind.INTERRUPTED, "interrupted while QEMU starts", "", e);
        }
    }

    private static SmolVmException died(Path run, Exception cause) {
        return new SmolVmException(
                ErrorKind.VM_DIED,
                peer(run) + ": QEMU ended" + QemuLog.in(run).because(),
                "smolvm doctor checks this machine",
                cause);
    }

    /** From {@code sandboxes/NAME/vm/run-N}. */
    private static String peer(Path run) {
        return "sandbox " + run.getParent().getParent().getFileName();
    }
}
