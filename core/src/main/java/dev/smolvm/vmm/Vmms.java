package dev.smolvm.vmm;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.vmm.qemu.QemuBinary;
import dev.smolvm.vmm.qemu.QemuVmm;
import java.nio.file.Path;
import java.util.Map;

/** The VMMs of this host, found when they are first needed. */
public final class Vmms {
    private final StoreLayout layout;
    private final Map<String, String> environment;
    private Vmm qemu;

    public Vmms(StoreLayout layout, Map<String, String> environment) {
        this.layout = layout;
        this.environment = Map.copyOf(environment);
    }

    /**
     * Asks this host's QEMU what it can do, without a store.
     *
     * @throws SmolVmException not found: QEMU is not installed
     */
    public static Vmm inspectQemu(Map<String, String> environment) {
        StoreLayout none = new StoreLayout(Path.of("/nonexistent"));
        return new QemuVmm(QemuBinary.find(environment), new HostTools(none.tools()), none);
    }

    /** @throws SmolVmException not found: QEMU is not installed */
    public synchronized Vmm qemu() {
        if (qemu == null) {
            qemu = new QemuVmm(
                    QemuBinary.find(environment, layout.tools().resolve("qemu.json")),
                    new HostTools(layout.tools()),
                    layout);
        }
        return qemu;
    }

    /** The VMM that a machine was made for, from {@link MachineSpec#vmm()}. */
    public Vmm of(MachineSpec machine) {
        if (backendOf(machine).equals("qemu")) {
            return qemu();
        }
        throw new SmolVmException(
                ErrorKind.UNSUPPORTED,
                "this smolvm cannot run machines of " + machine.vmm(),
                "use a smolvm that has this backend");
    }

    /** {@code qemu} or {@code firecracker}. */
    public static String backendOf(MachineSpec machine) {
        int space = machine.vmm().indexOf(' ');
        return space < 0 ? machine.vmm() : machine.vmm().substring(0, space);
    }
}
