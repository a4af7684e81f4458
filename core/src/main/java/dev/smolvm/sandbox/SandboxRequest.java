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
 * @param cold it boots, and is not made from a template of its image
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
        Optional<Path> sshKey,
        boolean cold) {
    public static final int DEFAULT_MEMORY_MIB = 512;
    public static final Duration DEFAULT_BOOT_TIMEOUT = Duration.ofSeconds(120);

    public SandboxRequest {
        drives = List.copyOf(drives);
        mounts = List.copyOf(mounts);
    }

    /** From a template of its image, if it can be. */
    public SandboxRequest(
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
        this(
                name,
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
                sshKey,
                false);
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
                Optional.empty(),
                false);
    }

    /** The same on this VMM. */
    public SandboxRequest on(BackendChoice chosen) {
        return with(name, diskBytes, chosen, cold);
    }

    /** The same machine with the image's disk, to be booted, under this name. */
    public SandboxRequest forTemplate(SandboxName templateName) {
        return with(Optional.of(templateName), OptionalLong.empty(), backend, true);
    }

    /** The same, but booted. */
    public SandboxRequest booted() {
        return with(name, diskBytes, backend, true);
    }

    public SandboxRequest named(String newName) {
        return with(Optional.of(new SandboxName(newName)), diskBytes, backend, cold);
    }

    private SandboxRequest with(
            Optional<SandboxName> newName, OptionalLong newDiskBytes, BackendChoice newBackend, boolean newCold) {
        return new SandboxRequest(
                newName,
                image,
                memoryMib,
                cpus,
                newDiskBytes,
                newBackend,
                accelerator,
                network,
                drives,
                mounts,
                bootTimeout,
                sshKey,
                newCold);
    }
}
