package dev.smolvm.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.testing.FakeVmm;
import dev.smolvm.testing.Samples;
import dev.smolvm.vmm.Accelerator;
import dev.smolvm.vmm.MachineSpec;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

@Fault(Case.F14)
class CompatibilityTest {
    private static final SnapshotId ID = new SnapshotId("s1");
    private static final MachineSpec SAVED = Samples.machine();

    @Test
    void the_same_machine_fits() {
        Compatibility.check(ID, SAVED, new FakeVmm("qemu 10.0.2", "pc-q35-10.0", "max"));
        Compatibility.checkParts(SampleManifests.of(ID, SnapshotType.FULL));
        Compatibility.checkParts(SampleManifests.of(ID, SnapshotType.DISK));
    }

    @Test
    void another_vmm_version_machine_type_or_cpu_model_is_incompatible_and_both_are_named() {
        refused(new FakeVmm("qemu 10.1.0", "pc-q35-10.0", "max"), "VMM qemu 10.0.2 there, qemu 10.1.0 here");
        refused(new FakeVmm("qemu 10.0.2", "pc-q35-9.2", "max"), "machine type pc-q35-10.0 there, pc-q35-9.2 here");
        refused(new FakeVmm("qemu 10.0.2", "pc-q35-10.0", "qemu64"), "CPU model max there, qemu64 here");
    }

    @Test
    void a_kvm_snapshot_needs_kvm_and_the_same_cpu() {
        MachineSpec kvm = new MachineSpec(
                SAVED.vmm(),
                SAVED.machineType(),
                "host",
                "Zilog Z80",
                Accelerator.KVM,
                SAVED.memoryMib(),
                SAVED.cpus(),
                SAVED.mac(),
                SAVED.agentPorts(),
                SAVED.generationId(),
                SAVED.drivers(),
                SAVED.boot(),
                SAVED.disks());
        // No machine that runs this test has that CPU, whether it has KVM or not.
        boolean here = Accelerator.detect().accelerator() == Accelerator.KVM;
        incompatible(
                () -> Compatibility.check(ID, kvm, new FakeVmm("qemu 10.0.2", "pc-q35-10.0", "host")),
                here ? "host CPU Zilog Z80 there" : "accelerator kvm there, tcg here");
    }

    @Test
    void memory_of_another_size_than_the_machines_is_incompatible() {
        MemoryRecord half = new MemoryRecord.Complete(SampleManifests.file("memory", 300 << 20), 256 << 20, 0);
        incompatible(
                () -> Compatibility.checkParts(SampleManifests.of(ID, SnapshotType.FULL, Optional.of(half))),
                "256 MiB saved there, 512 MiB in the machine here");
    }

    @Test
    void other_disks_than_the_machines_are_incompatible() {
        SnapshotManifest one = SampleManifests.of(ID, SnapshotType.DISK);
        SnapshotManifest two = new SnapshotManifest(
                ID,
                one.type(),
                one.createdAt(),
                one.sandbox(),
                List.of(
                        one.disks().getFirst(),
                        new SavedDisk(
                                "extra", Samples.DISK_BYTES, List.of(Samples.blob(BlobKind.LAYER)), DiskOrigin.OWN)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                List.of());
        incompatible(() -> Compatibility.checkParts(two), "device list [root, extra] there, [root] here");
    }

    private static void refused(FakeVmm here, String what) {
        incompatible(() -> Compatibility.check(ID, SAVED, here), what);
    }

    private static void incompatible(Runnable check, String what) {
        assertThatThrownBy(check::run)
                .isInstanceOfSatisfying(SmolVmException.class, e -> {
                    assertThat(e.kind()).isEqualTo(ErrorKind.INCOMPATIBLE);
                    assertThat(e.advice()).isNotEmpty();
                })
                .hasMessageStartingWith("snapshot s1 does not fit this host: ")
                .hasMessageContaining(what);
    }
}
