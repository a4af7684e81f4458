package dev.smolvm.sandbox;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.image.ImageManifest;
import dev.smolvm.store.SandboxName;
import dev.smolvm.vmm.Accelerator;
import dev.smolvm.vmm.MachineSpec;
import dev.smolvm.vmm.Vmm;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** Designs the virtual hardware of a new sandbox. */
final class MachineDesign {
    /** How many sessions with one guest's agent may be open at once. */
    private static final int AGENT_PORTS = 12;

    private static final int MIN_MEMORY_MIB = 64;
    private static final int MAX_CPUS = 64;

    /** The user network's fixed addresses, in every sandbox the same: each has a network of its own. */
    private static final String GUEST_NETWORK = " smolvm.ip=10.0.2.15/24 smolvm.gw=10.0.2.2 smolvm.dns=10.0.2.3";

    private MachineDesign() {}

    static MachineSpec of(
            Vmm vmm,
            SandboxRequest request,
            SandboxName name,
            ImageManifest image,
            Optional<String> sshPublicKey,
            List<String> disks) {
        check("memory", request.memoryMib(), MIN_MEMORY_MIB, HostMemory.mib(), "MiB");
        check("cpus", request.cpus(), 1, MAX_CPUS, "CPUs");
        Accelerator accelerator = accelerator(vmm, request.accelerator());
        boolean windows = image.os() == ImageManifest.GuestOs.WINDOWS;
        return new MachineSpec(
                vmm.version(),
                vmm.machineType(),
                vmm.cpuModel(accelerator),
                accelerator == Accelerator.KVM ? Accelerator.hostCpu() : "",
                accelerator,
                request.memoryMib(),
                request.cpus(),
                request.network() == NetworkMode.NAT ? Optional.of(newMac()) : Optional.empty(),
                image.control() instanceof ImageManifest.Control.Agent
                                && vmm.capabilities().agentPorts()
                        ? AGENT_PORTS
                        : 0,
                true,
                windows ? MachineSpec.GuestDrivers.EMULATED : MachineSpec.GuestDrivers.VIRTIO,
                boot(vmm, image, request.network(), name, sshPublicKey),
                disks);
    }

    private static MachineSpec.Boot boot(
            Vmm vmm, ImageManifest image, NetworkMode network, SandboxName name, Optional<String> sshPublicKey) {
        return switch (image.boot()) {
            case ImageManifest.Boot.DirectKernel(var kernel, var initrd, var commandLine) ->
                new MachineSpec.Boot.DirectKernel(
                        kernel,
                        initrd,
                        commandLine
                                + vmm.kernelParameters()
                                + " smolvm.hostname=" + name
                                + (network == NetworkMode.NAT ? GUEST_NETWORK : "")
                                + sshPublicKey.map(k -> " smolvm.ssh_key=" + k).orElse(""));
            case ImageManifest.Boot.FromDisk(var firmware) ->
                switch (firmware) {
                    case BIOS -> new MachineSpec.Boot.Bios();
                    case UEFI -> new MachineSpec.Boot.Uefi();
                };
        };
    }

    private static Accelerator accelerator(Vmm vmm, AcceleratorChoice choice) {
        return switch (choice) {
            case AUTO -> vmm.accelerator().accelerator();
            case KVM -> Accelerator.KVM;
            case TCG -> Accelerator.TCG;
        };
    }

    static String newMac() {
        // 52:54:00 is QEMU's own, locally administered.
        int low = ThreadLocalRandom.current().nextInt(1 << 24);
        return "52:54:00:%02x:%02x:%02x".formatted(low >> 16, low >> 8 & 0xFF, low & 0xFF);
    }

    private static void check(String what, int value, int low, int high, String unit) {
        if (value < low || value > high) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    "--" + what + ": " + value + " " + unit + " is not possible",
                    "give a number between " + low + " and " + high);
        }
    }
}
