package dev.smolvm.vmm;

import dev.smolvm.os.ProcessIdentity;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A virtual machine monitor. */
public interface Vmm {
    /** {@code qemu} or {@code firecracker}. */
    String name();

    /** Name and version, as {@link MachineSpec#vmm()} records it. */
    String version();

    /** The versioned machine type that new sandboxes get. */
    String machineType();

    /** The CPU model that new sandboxes get. */
    String cpuModel(Accelerator accelerator);

    VmmCapabilities capabilities();

    /** How it would run guests here. */
    Accelerator.Detected accelerator();

    /** Where it is less confined here than it could be: what the user of a new sandbox should know. */
    default List<String> notices() {
        return List.of();
    }

    /** Why its guests can have no network here; empty: they can. */
    default Optional<String> networkObstacle() {
        return Optional.empty();
    }

    /** What its guests need on the kernel's command line. */
    String kernelParameters();

    /** Whether it can load what a machine saved, as far as that can be told before it is tried; empty: yes. */
    Optional<Mismatch> mismatch(MachineSpec saved);

    /**
     * Whether the VMM that worked in {@code run}, and has ended, ended because its guest powered off; else it crashed or was
     * killed.
     */
    boolean poweredOff(Path run);

    /** What a saved machine has, and what is here. */
    record Mismatch(String what, String saved, String here, String advice) {}

    /**
     * Starts a machine: from its disks, or from a saved state and then paused.
     *
     * @throws dev.smolvm.error.SmolVmException VM died, with what the VMM said
     */
    Vm start(MachineSpec machine, List<AttachedDisk> disks, VmPlace place, Optional<SavedState> state);

    /** Takes hold of a running machine; only one holder at a time gets through. */
    Vm attach(Path run, ProcessIdentity process);

    /** Asks a running machine for its state, beside whoever holds it. */
    VmState observe(Path run, ProcessIdentity process);
}
