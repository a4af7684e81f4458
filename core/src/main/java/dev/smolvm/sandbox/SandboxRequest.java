package dev.smolvm.sandbox;

import dev.smolvm.store.ImageName;
import dev.smolvm.store.SandboxName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a user asks of a new sandbox.
 *
 * @param name empty: a readable one is made
 * @param memoryMib guest memory in MiB
 * @param diskBytes virtual size of the root disk; empty: the image's
 * @param bootTimeout until the guest must answer
 * @param sshKey a private key for images reached over SSH; empty: one is made for the sandbox where the image can take it
 */
public record SandboxRequest(
        Optional<SandboxName> name,
        ImageName image,
        int memoryMib,
        int cpus,
        OptionalLong diskBytes,
        BackendChoice backend,
        AcceleratorChoice accelerator,
        NetworkMode network,
        List<DriveRequest> drives,
        List<MountRequest> mounts,
        Duration bootTimeout,
        Optional<Path> sshKey) {
    public static final int DEFAULT_MEMORY_MIB = 512;
    public static final Duration DEFAULT_BOOT_TIMEOUT = Duration.ofSeconds(120);

    public SandboxRequest {
        drives = List.copyOf(drives);
        mounts = List.copyOf(mounts);
    }

    /** One CPU, 512 MiB, NAT, a made-up name. */
    public static SandboxRequest of(ImageName image) {
        return new SandboxRequest(
                Optional.empty(),
                image,
                DEFAULT_MEMORY_MIB,
                1,
                OptionalLong.empty(),
                BackendChoice.AUTO,
                AcceleratorChoice.AUTO,
                NetworkMode.NAT,
                List.of(),
                List.of(),
                DEFAULT_BOOT_TIMEOUT,
                Optional.empty());
    }

    /** The same on this VMM. */
    public SandboxRequest on(BackendChoice chosen) {
        return new SandboxRequest(
                name,
                image,
                memoryMib,
                cpus,
                diskBytes,
                chosen,
                accelerator,
                network,
                drives,
                mounts,
                bootTimeout,
                sshKey);
    }

    public SandboxRequest named(String name) {
        return new SandboxRequest(
                Optional.of(new SandboxName(name)),
                image,
                memoryMib,
                cpus,
                diskBytes,
                backend,
                accelerator,
                network,
                drives,
                mounts,
                bootTimeout,
                sshKey);
    }
}
