package dev.smolvm.vmm.firecracker;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.os.Programs;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Firecracker as a VMM: one process a machine, reached over its API socket in its run directory. */
public final class FirecrackerVmm implements Vmm {
    private static final String NAME = "firecracker";
    /** What a machine type begins with; the version of the state file's format follows. */
    private static final String STATE_FORMAT = "state-";

    private static final Duration CONNECT_DEADLINE = Duration.ofSeconds(30);
    private static final Duration OBSERVE_DEADLINE = Duration.ofSeconds(3);

    private final Supplier<FirecrackerBinary> finder;
    private final HostTools tools;
    private final StoreLayout layout;
    private final Supplier<Accelerator.Detected> accelerator;
    private FirecrackerBinary binary;

    /**
     * @param finder looks for the binary, once it is needed
     * @param accelerator what this host can do
     */
    public FirecrackerVmm(
            Supplier<FirecrackerBinary> finder,
            HostTools tools,
            StoreLayout layout,
            Supplier<Accelerator.Detected> accelerator) {
        this.finder = finder;
        this.tools = tools;
        this.layout = layout;
        this.accelerator = accelerator;
    }

    private synchronized FirecrackerBinary binary() {
        if (binary == null) {
            binary = finder.get();
        }
        return binary;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String version() {
        return NAME + " " + binary().version();
    }

    /** Firecracker has one machine; what may differ is the format in which its state is saved. */
    @Override
    public String machineType() {
        return STATE_FORMAT + binary().snapshotVersion();
    }

    @Override
    public String cpuModel(Accelerator kind) {
        return "host";
    }

    @Override
    public VmmCapabilities capabilities() {
        return new VmmCapabilities(true, MemoryForm.MAPPED, false, false, LayerFormat.RAW, false, false, false);
    }

    @Override
    public Accelerator.Detected accelerator() {
        return accelerator.get();
    }

    @Override
    public List<String> notices() {
        return Programs.isRoot() ? noticesForRoot(binary().jailer().isPresent(), Limits.possible()) : List.of();
    }

    /** Without root rights there is no jailer to miss: the launcher confines the process. */
    static List<String> noticesForRoot(boolean jailer, boolean limits) {
        if (!jailer) {
            return List.of(
                    "Firecracker runs as root, because its jailer is not there; smolvm doctor says how to get it");
        }
        return limits
                ? List.of()
                : List.of("this host allows no cgroup limits: nothing bounds what Firecracker uses of memory and CPUs"
                        + " beside its guest's own");
    }

    @Override
    public Optional<String> networkObstacle() {
        if (Programs.find(Launch.WAY_OUT).isEmpty()) {
            return Optional.of(
                    "its network needs " + Launch.WAY_OUT + " (" + Programs.installCommand(Launch.WAY_OUT) + ")");
        }
        return Files.isReadable(Launch.TUN) && Files.isWritable(Launch.TUN)
                ? Optional.empty()
                : Optional.of("its network needs " + Launch.TUN + ", which is not there, or not for this user");
    }

    /** It ends when its guest resets, by the keyboard controller, and knows no power-off (Firecracker docs/getting-started.md). */
    @Override
    public String kernelParameters() {
        return " reboot=k panic=1 pci=off smolvm.poweroff=reset";
    }

    /** It loads states of its own major version of the format, up to its own minor one (docs/snapshotting/versioning.md). */
    @Override
    public Optional<Mismatch> mismatch(MachineSpec saved) {
        if (saved.accelerator() != Accelerator.KVM) {
            return Optional.of(
                    new Mismatch("accelerator", "tcg", "kvm", "the manifest is wrong: Firecracker knows KVM only"));
        }
        if (!StateVersion.of(saved.machineType().replaceFirst("^" + STATE_FORMAT, ""))
                .loadsIn(StateVersion.of(binary().snapshotVersion()))) {
            return Optional.of(new Mismatch(
                    "state format of " + saved.vmm(),
                    saved.machineType(),
                    machineType(),
                    "name a " + saved.vmm() + " in $SMOLVM_FIRECRACKER"));
        }
        return Optional.empty();
    }

    @Override
    public Vm start(MachineSpec machine, List<AttachedDisk> disks, VmPlace place, Optional<SavedState> state) {
        if (machine.accelerator() != Accelerator.KVM) {
            throw new SmolVmException(
                    ErrorKind.UNSUPPORTED, "Firecracker needs KVM", "create the sandbox with --backend qemu");
        }
        ProcessIdentity process = new Launch(binary(), tools, layout, machine, place).start(disks, state);
        try {
            FirecrackerVm vm = connected(place.run(), process);
            try {
                if (state.isPresent()) {
                    vm.load(state.get());
                } else {
                    new MachineSetup(vm.api(), machine).boot(disks);
                }
                return vm;
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

    @Override
    public Vm attach(Path run, ProcessIdentity process) {
        return connected(run, process);
    }

    @Override
    public VmState observe(Path run, ProcessIdentity process) {
        try (FirecrackerApi api = connect(run, process, OBSERVE_DEADLINE)) {
            return FirecrackerVm.state(api, OBSERVE_DEADLINE);
        }
    }

    @Override
    public boolean poweredOff(Path run) {
        return new VmConsole(run).saysGuestReset();
    }

    private FirecrackerVm connected(Path run, ProcessIdentity process) {
        return new FirecrackerVm(connect(run, process, CONNECT_DEADLINE), process, run, tools);
    }

    private static FirecrackerApi connect(Path run, ProcessIdentity process, Duration deadline) {
        return FirecrackerApi.connect(RunFiles.apiSocket(run), peer(run), process::alive, deadline);
    }

    private static SmolVmException died(Path run, RuntimeException cause) {
        return new SmolVmException(
                ErrorKind.VM_DIED,
                peer(run) + ": Firecracker ended" + new VmConsole(run).tail(),
                "smolvm doctor checks this machine",
                cause);
    }

    /** From {@code sandboxes/NAME/vm/run-N}. */
    private static String peer(Path run) {
        return "sandbox " + run.getParent().getParent().getFileName();
    }
}
