package dev.smolvm.sandbox;

import dev.smolvm.store.ImageName;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What there is to tell about a sandbox.
 *
 * @param backend {@code qemu} or {@code firecracker}
 * @param accelerator {@code kvm} or {@code tcg}
 * @param parent the snapshot it was last restored from or saved to
 * @param layers how many layers its root disk has, the writable one included
 * @param ipAddress where the host reaches the guest; empty without a network
 */
public record SandboxInfo(
        SandboxName name,
        String id,
        SandboxStatus status,
        ImageName image,
        String backend,
        String accelerator,
        int memoryMib,
        int cpus,
        long diskBytes,
        NetworkMode network,
        Instant createdAt,
        OptionalLong pid,
        Optional<String> ipAddress,
        OptionalInt sshPort,
        Optional<SnapshotId> parent,
        int layers,
        List<PortForward> ports,
        List<DriveRequest> drives,
        List<MountRequest> mounts,
        Path console) {}
