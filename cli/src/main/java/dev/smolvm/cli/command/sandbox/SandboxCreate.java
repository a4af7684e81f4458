package dev.smolvm.cli.command.sandbox;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Flag;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.declare.Values;
import dev.smolvm.cli.session.Session;
import dev.smolvm.sandbox.AcceleratorChoice;
import dev.smolvm.sandbox.BackendChoice;
import dev.smolvm.sandbox.DriveRequest;
import dev.smolvm.sandbox.MountRequest;
import dev.smolvm.sandbox.NetworkMode;
import dev.smolvm.sandbox.SandboxInfo;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SandboxName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;

/** {@code smolvm sandbox create} */
public final class SandboxCreate extends DataCommand {
    private final Value<SandboxName> name =
            declare.option("--name", "NAME", SandboxName::new, "The sandbox's name (default: a readable one is made).");
    private final Value<ImageName> image =
            declare.option("--image", "IMAGE", ImageName::new, "The image to start from (default tiny).");
    private final Value<Integer> memory = declare.option(
            "--memory", "SIZE", Converters::mebibytes, "Memory in MiB, or with a suffix as in 2G (default 512).");
    private final Value<Integer> cpus =
            declare.option("--cpus", "NUMBER", Converters::positive, "Virtual CPUs (default 1).");
    private final Value<Long> disk = declare.option(
            "--disk-size",
            "SIZE",
            Converters::diskBytes,
            "Size of the root disk in MiB, or with a suffix (default: the image's).");
    private final Value<BackendChoice> backend = declare.choice(
            "--backend",
            BackendChoice.class,
            "The virtual machine monitor (default auto: Firecracker where it can be used, else QEMU).");
    private final Value<AcceleratorChoice> accelerator = declare.choice(
            "--accel", AcceleratorChoice.class, "How the guest's code runs (default auto: KVM where it works).");
    private final Value<NetworkMode> network = declare.choice(
            "--network",
            NetworkMode.class,
            "nat: the internet, but neither this machine nor its neighbours (default); none: nothing.");
    private final Values<DriveRequest> drives = declare.repeated(
            "--drive", "FILE[:ro]", Converters::drive, "A disk image of yours as a further disk; repeatable.");
    private final Values<MountRequest> mounts = declare.repeated(
            "--mount",
            "HOST_DIR:GUEST_DIR",
            Converters::mount,
            "A directory whose content, as it is now, appears in the guest; repeatable.");
    private final Value<Duration> bootTimeout = declare.option(
            "--boot-timeout", "SECONDS", Converters::duration, "How long the guest may take to answer (default 120).");
    private final Value<Path> sshKey = declare.option(
            "--ssh-key", "FILE", Converters::path, "A private key for images that are reached over SSH.");
    private final Flag cold =
            declare.flag("--cold", "Boot it; else it is made from a template of the image, if it can be.");

    public SandboxCreate() {
        super(
                "Create a sandbox and start it.",
                "Returns when the sandbox is ready for its first command. On failure nothing is left behind.");
        declare.example("smolvm sandbox create --name web", "A small sandbox of the tiny image");
        declare.example(
                "smolvm sandbox create --name build --image debian --memory 2G --cpus 2", "A larger one, with Debian");
        declare.example("smolvm sandbox create --network none --mount ./src:/work", "No network, and a copy of ./src");
    }

    @Override
    protected Result result(Session session) throws Exception {
        SandboxRequest request = new SandboxRequest(
                name.optional(),
                image.orGet(() -> new ImageName("tiny")),
                memory.or(SandboxRequest.DEFAULT_MEMORY_MIB),
                cpus.or(1),
                disk.optional().map(OptionalLong::of).orElse(OptionalLong.empty()),
                backend.or(BackendChoice.AUTO),
                accelerator.or(AcceleratorChoice.AUTO),
                network.or(NetworkMode.NAT),
                drives.get(),
                mounts.get(),
                bootTimeout.or(SandboxRequest.DEFAULT_BOOT_TIMEOUT),
                sshKey.optional(),
                cold.given());
        SandboxInfo sandbox =
                session.withProgress(p -> session.library().sandboxes().create(request, p));
        return SandboxOutput.changed(sandbox, sandbox.status().label());
    }
}
