package dev.smolvm.testing;

import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.vmm.Accelerator;
import dev.smolvm.vmm.AttachedDisk;
import dev.smolvm.vmm.LayerFormat;
import dev.smolvm.vmm.MachineSpec;
import dev.smolvm.vmm.MemoryForm;
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
        return new VmmCapabilities(true, MemoryForm.MAPPED, true, true, LayerFormat.QCOW2_CHAIN, true, true, true);
    }

    @Override
    public Accelerator.Detected accelerator() {
        return new Accelerator.Detected(Accelerator.TCG, "a test says so");
    }

    @Override
    public String kernelParameters() {
        return "";
    }

    @Override
    public Optional<Mismatch> mismatch(MachineSpec saved) {
        return Optional.of("VMM")
                .filter(_ -> !saved.vmm().equals(version))
                .map(what -> new Mismatch(what, saved.vmm(), version, "install that version"))
                .or(() -> Optional.of("machine type")
                        .filter(_ -> !saved.machineType().equals(machineType))
                        .map(what -> new Mismatch(what, saved.machineType(), machineType, "use that VMM")));
    }

    @Override
    public boolean poweredOff(Path run) {
        return false;
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
