package dev.smolvm.vmm;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.store.Blob;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The virtual hardware of a sandbox: fixed when it is created, but for what the VMM is that runs it, which a boot takes as it is
 * here; equal for all snapshots of one run. A VMM does not notice every
 * difference between the machine that saved a state and the one that loads it, so we compare these.
 *
 * @param vmm name and version of the VMM, such as {@code qemu 10.0.2}
 * @param machineType versioned, such as {@code pc-q35-10.0}
 * @param cpuModel the VMM's name for it
 * @param hostCpu under KVM the host's CPU, which the guest sees; empty under TCG
 * @param mac empty: no network
 * @param agentPorts number of control-channel ports; 0 where the guest has no agent, or is reached over vsock
 * @param generationId whether the machine has a VM generation ID device
 * @param disks the disks' ids in the order the guest sees them
 */
public record MachineSpec(
        String vmm,
        String machineType,
        String cpuModel,
        String hostCpu,
        Accelerator accelerator,
        int memoryMib,
        int cpus,
        Optional<String> mac,
        int agentPorts,
        boolean generationId,
        GuestDrivers drivers,
        Boot boot,
        List<String> disks) {
    /** In the run directory: leads to the guest's vsock, where the control channel is one. */
    public static final String VSOCK_SOCKET = "vsock.sock";

    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9._:-]{1,64}");

    public MachineSpec {
        disks = List.copyOf(disks);
    }

    /** Which devices the guest has drivers for. */
    public enum GuestDrivers {
        VIRTIO,
        /** AHCI and e1000e, which every Windows has. */
        EMULATED
    }

    public sealed interface Boot {
        record DirectKernel(Blob kernel, Blob initrd, String commandLine) implements Boot {}

        record Bios() implements Boot {}

        record Uefi() implements Boot {}
    }

    public Json toJson() {
        Json.Builder bootJson = Json.object();
        switch (boot) {
            case Boot.DirectKernel(var kernel, var initrd, var commandLine) ->
                bootJson.put("type", "kernel")
                        .put("kernel", kernel.toJson())
                        .put("initrd", initrd.toJson())
                        .put("command_line", commandLine);
            case Boot.Bios() -> bootJson.put("type", "bios");
            case Boot.Uefi() -> bootJson.put("type", "uefi");
        }
        return Json.object()
                .put("vmm", vmm)
                .put("machine_type", machineType)
                .put("cpu_model", cpuModel)
                .put("host_cpu", hostCpu)
                .put("accelerator", JsonFields.name(accelerator))
                .put("memory_mib", memoryMib)
                .put("cpus", cpus)
                .put("mac", mac.orElse(null))
                .put("agent_ports", agentPorts)
                .put("generation_id", generationId)
                .put("drivers", JsonFields.name(drivers))
                .put("boot", bootJson.build())
                .put("disks", Json.ofStrings(disks))
                .build();
    }

    public static MachineSpec fromJson(JsonFields json) {
        JsonFields boot = json.object("boot");
        return new MachineSpec(
                json.string("vmm"),
                word(json, "machine_type"),
                word(json, "cpu_model"),
                json.string("host_cpu"),
                json.oneOf("accelerator", Accelerator.class),
                (int) json.integer("memory_mib", 1, 1 << 24),
                (int) json.integer("cpus", 1, 1024),
                json.has("mac") ? Optional.of(word(json, "mac")) : Optional.empty(),
                (int) json.integer("agent_ports", 0, 30),
                json.bool("generation_id"),
                json.oneOf("drivers", GuestDrivers.class),
                switch (boot.string("type")) {
                    case "kernel" ->
                        new Boot.DirectKernel(
                                Blob.fromJson(boot.object("kernel")),
                                Blob.fromJson(boot.object("initrd")),
                                boot.string("command_line"));
                    case "bios" -> new Boot.Bios();
                    case "uefi" -> new Boot.Uefi();
                    default -> throw new JsonFormatException("machine.boot.type is unknown");
                },
                json.strings("disks"));
    }

    /** The same machine as this VMM runs it: what it saves from now on is of this kind. */
    public MachineSpec runBy(Vmm here) {
        return new MachineSpec(
                here.version(),
                here.machineType(),
                here.cpuModel(accelerator),
                accelerator == Accelerator.KVM ? Accelerator.hostCpu() : "",
                accelerator,
                memoryMib,
                cpus,
                mac,
                agentPorts,
                generationId,
                drivers,
                boot,
                disks);
    }

    /** The same with another host name on its kernel's command line; to be booted, not to be loaded. */
    public MachineSpec withHostName(String name) {
        return boot instanceof Boot.DirectKernel(var kernel, var initrd, var commandLine)
                ? withBoot(new Boot.DirectKernel(
                        kernel, initrd, commandLine.replaceFirst("smolvm\\.hostname=\\S+", "smolvm.hostname=" + name)))
                : this;
    }

    /** The same machine with another hardware address. */
    public MachineSpec withMac(Optional<String> other) {
        return new MachineSpec(
                vmm,
                machineType,
                cpuModel,
                hostCpu,
                accelerator,
                memoryMib,
                cpus,
                other,
                agentPorts,
                generationId,
                drivers,
                boot,
                disks);
    }

    /** The same machine, started in another way, or from other files. */
    public MachineSpec withBoot(Boot other) {
        return new MachineSpec(
                vmm,
                machineType,
                cpuModel,
                hostCpu,
                accelerator,
                memoryMib,
                cpus,
                mac,
                agentPorts,
                generationId,
                drivers,
                other,
                disks);
    }

    /** The kernel files this machine needs from {@code layers/}. */
    public List<Blob> bootBlobs() {
        return boot instanceof Boot.DirectKernel(var kernel, var initrd, var _) ? List.of(kernel, initrd) : List.of();
    }

    /** Text that becomes part of a VMM's option and must not add one of its own. */
    private static String word(JsonFields json, String key) {
        String value = json.string(key);
        if (!WORD.matcher(value).matches()) {
            throw new JsonFormatException(json.where() + "." + key + " has characters that it must not have");
        }
        return value;
    }
}
