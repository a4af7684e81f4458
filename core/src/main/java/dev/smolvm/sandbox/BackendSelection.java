package dev.smolvm.sandbox;

import dev.smolvm.disk.DiskFormat;
import dev.smolvm.disk.DiskProbe;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.image.ImageManifest;
import dev.smolvm.vmm.Accelerator;
import dev.smolvm.vmm.LayerFormat;
import dev.smolvm.vmm.Vmm;
import dev.smolvm.vmm.Vmms;
import java.util.Optional;

/** Which VMM a new sandbox runs on. */
final class BackendSelection {
    private static final String USE_QEMU = "create it with --backend qemu";

    private final Vmms vmms;

    BackendSelection(Vmms vmms) {
        this.vmms = vmms;
    }

    /**
     * Firecracker where it was asked for, or where it is there, KVM really works, and it can do what is asked; else QEMU.
     *
     * @throws SmolVmException unsupported: the VMM that was asked for cannot run such a sandbox here; not found: it is not
     *     installed
     */
    Vmm choose(SandboxRequest request, ImageManifest image) {
        return switch (request.backend()) {
            case QEMU -> vmms.qemu();
            case FIRECRACKER -> {
                Vmm firecracker = vmms.firecracker();
                Optional<String> obstacle = obstacle(firecracker, request, image);
                if (obstacle.isPresent()) {
                    throw new SmolVmException(
                            ErrorKind.UNSUPPORTED, "Firecracker cannot run this sandbox: " + obstacle.get(), USE_QEMU);
                }
                yield firecracker;
            }
            case AUTO ->
                vmms.firecrackerIfThere()
                        .filter(vmm -> vmm.accelerator().accelerator() == Accelerator.KVM
                                && obstacle(vmm, request, image).isEmpty())
                        .orElseGet(vmms::qemu);
        };
    }

    /** Why it cannot. */
    private static Optional<String> obstacle(Vmm vmm, SandboxRequest request, ImageManifest image) {
        Accelerator.Detected here = vmm.accelerator();
        if (request.accelerator() == AcceleratorChoice.TCG) {
            return Optional.of("it needs KVM, and --accel tcg was given");
        }
        if (here.accelerator() != Accelerator.KVM && request.accelerator() != AcceleratorChoice.KVM) {
            return Optional.of("it needs KVM, which does not work here: " + here.reason());
        }
        if (!vmm.capabilities().firmware() && image.boot() instanceof ImageManifest.Boot.FromDisk) {
            return Optional.of("image " + image.name() + " starts by its own boot loader");
        }
        if (request.network() == NetworkMode.NAT && vmm.networkObstacle().isPresent()) {
            return vmm.networkObstacle();
        }
        if (vmm.capabilities().layers() == LayerFormat.RAW) {
            for (DriveRequest drive : request.drives()) {
                if (DiskProbe.check(drive.file()).format() == DiskFormat.QCOW2) {
                    return Optional.of("drive " + drive.file() + " is a qcow2 file, and it takes raw ones only");
                }
            }
        }
        return Optional.empty();
    }
}
