package dev.smolvm.testing;

import dev.smolvm.image.ImageManifest;
import dev.smolvm.sandbox.DiskRecord;
import dev.smolvm.sandbox.NetworkMode;
import dev.smolvm.sandbox.Refresh;
import dev.smolvm.sandbox.SandboxDefinition;
import dev.smolvm.sandbox.SandboxRecord;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobId;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.Checksum;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SandboxName;
import dev.smolvm.vmm.Accelerator;
import dev.smolvm.vmm.MachineSpec;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Values to test with. */
public final class Samples {
    private Samples() {}

    public static final long DISK_BYTES = 2L << 30;

    public static Blob blob(BlobKind kind) {
        return new Blob(kind, BlobId.random(), 196_616, new Checksum("sha256-4m:" + "ab".repeat(32)));
    }

    public static MachineSpec machine(Optional<String> mac, int agentPorts) {
        return new MachineSpec(
                "qemu 10.0.2",
                "pc-q35-10.0",
                "max",
                "",
                Accelerator.TCG,
                512,
                2,
                mac,
                agentPorts,
                true,
                MachineSpec.GuestDrivers.VIRTIO,
                new MachineSpec.Boot.DirectKernel(
                        blob(BlobKind.KERNEL), blob(BlobKind.INITRD), "console=ttyS0 smolvm.hostname=box"),
                List.of("root"));
    }

    /** Of an imported disk. */
    public static MachineSpec fromDisk(MachineSpec.Boot boot, MachineSpec.GuestDrivers drivers) {
        return new MachineSpec(
                "qemu 10.0.2",
                "pc-q35-10.0",
                "max",
                "",
                Accelerator.TCG,
                512,
                1,
                Optional.of("52:54:00:12:34:56"),
                0,
                true,
                drivers,
                boot,
                List.of("root"));
    }

    public static MachineSpec machine() {
        return machine(Optional.of("52:54:00:12:34:56"), 12);
    }

    public static SandboxDefinition definition(MachineSpec machine) {
        return new SandboxDefinition(
                new SandboxName("box"),
                "0123456789ab",
                new ImageName("tiny"),
                ImageManifest.GuestOs.LINUX,
                Instant.parse("2026-01-02T03:04:05.678Z"),
                machine,
                NetworkMode.NAT,
                true,
                Optional.of("root"),
                Optional.of(Path.of("/home/u/.ssh/id")));
    }

    /** With one disk of one sealed layer under this open one. */
    public static SandboxRecord record(BlobId overlay) {
        return new SandboxRecord(
                definition(machine()),
                List.of(DiskRecord.Chain.of("root", DISK_BYTES, List.of(blob(BlobKind.LAYER)), overlay)),
                3,
                Optional.empty(),
                OptionalInt.empty(),
                List.of(),
                Optional.empty(),
                Refresh.NONE);
    }
}
