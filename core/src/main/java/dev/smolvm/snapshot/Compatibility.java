package dev.smolvm.snapshot;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.vmm.Accelerator;
import dev.smolvm.vmm.MachineSpec;
import dev.smolvm.vmm.Vmm;
import java.util.Optional;

/**
 * Whether a saved machine state fits this host's VMM. Compared before anything is launched, because a VMM loads some states
 * that do not fit without complaint.
 */
final class Compatibility {
    private Compatibility() {}

    /** @throws SmolVmException incompatible, with both values */
    static void check(SnapshotId id, MachineSpec saved, Vmm here) {
        Optional<Vmm.Mismatch> mismatch = here.mismatch(saved);
        if (mismatch.isPresent()) {
            Vmm.Mismatch m = mismatch.get();
            throw incompatible(id, m.what(), m.saved(), m.here(), m.advice());
        }
        if (saved.accelerator() == Accelerator.KVM && here.accelerator().accelerator() != Accelerator.KVM) {
            throw incompatible(id, "accelerator", "kvm", "tcg", "restore it on a host with KVM");
        }
        same(id, "CPU model", saved.cpuModel(), here.cpuModel(saved.accelerator()), "use the smolvm that made it");
        if (saved.accelerator() == Accelerator.KVM) {
            same(id, "host CPU", saved.hostCpu(), Accelerator.hostCpu(), "restore it on such a host");
        }
    }

    /**
     * Whether a snapshot's own parts agree: the memory's size with the machine's, the disks with the machine's device list.
     *
     * @throws SmolVmException incompatible, with both values
     */
    static void checkParts(SnapshotManifest manifest) {
        MachineSpec machine = manifest.sandbox().machine();
        Optional<MemoryRecord> memory = manifest.memory();
        if (memory.isPresent() && memory.get().bytes() != (long) machine.memoryMib() << 20) {
            throw incompatible(
                    manifest.id(),
                    "memory size",
                    (memory.get().bytes() >> 20) + " MiB saved",
                    machine.memoryMib() + " MiB in the machine",
                    "restore another snapshot");
        }
        String saved = manifest.disks().stream().map(SavedDisk::id).toList().toString();
        if (!saved.equals(machine.disks().toString())) {
            throw incompatible(
                    manifest.id(), "device list", saved, machine.disks().toString(), "restore another snapshot");
        }
    }

    private static void same(SnapshotId id, String what, String saved, String here, String advice) {
        if (!saved.equals(here)) {
            throw incompatible(id, what, saved, here, advice);
        }
    }

    private static SmolVmException incompatible(SnapshotId id, String what, String saved, String here, String advice) {
        return new SmolVmException(
                ErrorKind.INCOMPATIBLE,
                "snapshot " + id + " does not fit this host: " + what + " " + saved + " there, " + here + " here",
                advice);
    }
}
