package dev.smolvm.vmm;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.vmm.firecracker.FirecrackerBinary;
import dev.smolvm.vmm.firecracker.FirecrackerVmm;
import dev.smolvm.vmm.firecracker.Limits;
import dev.smolvm.vmm.qemu.QemuBinary;
import dev.smolvm.vmm.qemu.QemuVmm;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The VMMs of this host, found when they are first needed. */
public final class Vmms {
    private final StoreLayout layout;
    private final Map<String, String> environment;
    private final Supplier<Accelerator.Detected> accelerator;
    private Vmm qemu;
    private Vmm firecracker;

    public Vmms(StoreLayout layout, Map<String, String> environment) {
        this(layout, environment, Accelerator::detect);
    }

    /** @param accelerator what this host can do */
    public Vmms(StoreLayout layout, Map<String, String> environment, Supplier<Accelerator.Detected> accelerator) {
        this.layout = layout;
        this.environment = Map.copyOf(environment);
        this.accelerator = accelerator;
    }

    /** For tests: a host whose QEMU is this one. */
    Vmms(StoreLayout layout, Vmm qemu) {
        this(layout, Map.of());
        this.qemu = qemu;
    }

    /**
     * Asks this host's QEMU what it can do, without a store.
     *
     * @throws SmolVmException not found: QEMU is not installed
     */
    public static Vmm inspectQemu(Map<String, String> environment) {
        StoreLayout none = new StoreLayout(Path.of("/nonexistent"));
        Vmm qemu =
                new QemuVmm(() -> QemuBinary.find(environment), new HostTools(none.tools()), none, Accelerator::detect);
        // Finds the binary, or says how to get it.
        qemu.version();
        return qemu;
    }

    /**
     * Asks this host's Firecracker what it is, without a store.
     *
     * @throws SmolVmException not found: it is not installed; incompatible: it cannot be used
     */
    public static FirecrackerInstallation inspectFirecracker(Map<String, String> environment) {
        FirecrackerBinary binary = FirecrackerBinary.find(environment);
        return new FirecrackerInstallation(
                binary.path(),
                binary.version().toString(),
                binary.version().known(),
                binary.snapshotVersion(),
                binary.jailer(),
                Limits.possible());
    }

    /** @throws SmolVmException not found: QEMU is not installed */
    public Vmm qemu() {
        Vmm vmm = lazyQemu();
        // Finds the binary, or says how to get it.
        vmm.version();
        return vmm;
    }

    /** Looks for the binary when it is needed: what runs already can be reached without. */
    private synchronized Vmm lazyQemu() {
        if (qemu == null) {
            qemu = new QemuVmm(
                    () -> QemuBinary.find(environment, layout.tools().resolve("qemu.json")),
                    new HostTools(layout.tools()),
                    layout,
                    accelerator);
        }
        return qemu;
    }

    /** @throws SmolVmException not found: Firecracker is not installed; incompatible: it is too old */
    public Vmm firecracker() {
        Vmm vmm = lazyFirecracker();
        // Finds the binary, or says how to get it.
        vmm.version();
        return vmm;
    }

    /** Empty where it is not installed, or not in a version that can be used. */
    public Optional<Vmm> firecrackerIfThere() {
        try {
            return Optional.of(firecracker());
        } catch (SmolVmException e) {
            return Optional.empty();
        }
    }

    private synchronized Vmm lazyFirecracker() {
        if (firecracker == null) {
            firecracker = new FirecrackerVmm(
                    () -> FirecrackerBinary.find(environment, layout.tools().resolve("firecracker.json")),
                    new HostTools(layout.tools()),
                    layout,
                    accelerator);
        }
        return firecracker;
    }

    /** The VMM that a machine was made for, from {@link MachineSpec#vmm()}. */
    public Vmm of(MachineSpec machine) {
        return switch (backendOf(machine)) {
            case "qemu" -> lazyQemu();
            case "firecracker" -> lazyFirecracker();
            default ->
                throw new SmolVmException(
                        ErrorKind.UNSUPPORTED,
                        "this smolvm cannot run machines of " + machine.vmm(),
                        "use a smolvm that has this backend");
        };
    }

    /** {@code qemu} or {@code firecracker}. */
    public static String backendOf(MachineSpec machine) {
        return backendOf(machine.vmm());
    }

    /** @param vmm name and version, from {@link MachineSpec#vmm()} */
    public static String backendOf(String vmm) {
        int space = vmm.indexOf(' ');
        return space < 0 ? vmm : vmm.substring(0, space);
    }
}
