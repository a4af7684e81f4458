package dev.smolvm.testing;

import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.vmm.Accelerator;
import dev.smolvm.vmm.AttachedDisk;
import dev.smolvm.vmm.MachineSpec;
import dev.smolvm.vmm.SavedState;
import dev.smolvm.vmm.Vm;
import dev.smolvm.vmm.VmPlace;
import dev.smolvm.vmm.VmState;
import dev.smolvm.vmm.Vmm;
import dev.smolvm.vmm.VmmCapabilities;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A VMM that says what it is, and starts nothing. */
public record FakeVmm(String version, String machineType, String cpuModel) implements Vmm {
    @Override
    public String name() {
        return "qemu";
    }

    @Override
    public String cpuModel(Accelerator accelerator) {
        return cpuModel;
    }

    @Override
    public VmmCapabilities capabilities() {
        return new VmmCapabilities(true, true, true);
    }

    @Override
    public Vm start(MachineSpec machine, List<AttachedDisk> disks, VmPlace place, Optional<SavedState> state) {
        throw new AssertionError("nothing may be started");
    }

    @Override
    public Vm attach(Path run, ProcessIdentity process) {
        throw new AssertionError("nothing runs");
    }

    @Override
    public VmState observe(Path run, ProcessIdentity process) {
        throw new AssertionError("nothing runs");
    }
}
