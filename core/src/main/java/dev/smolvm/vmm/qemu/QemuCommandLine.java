package dev.smolvm.vmm.qemu;

import dev.smolvm.json.Json;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.vmm.Accelerator;
import dev.smolvm.vmm.AttachedDisk;
import dev.smolvm.vmm.MachineSpec;
import dev.smolvm.vmm.SavedState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * QEMU's arguments for a machine. The same machine always gets the same devices in the same order, because a saved state only
 * fits the machine that saved it. Holds no secret: arguments can be read by every user of the host.
 */
final class QemuCommandLine {
    static final String CONTROL_SOCKET = "qmp.sock";
    static final String OBSERVER_SOCKET = "observe.sock";
    static final String CONSOLE = "console";
    static final String NETWORK = "net0";
    /** The name of guest memory's RAM block in a saved state. */
    static final String RAM = "ram";

    private static final int CONSOLE_BYTES = 1 << 20;
    private static final String FIRMWARE = "firmware";

    private final QemuBinary binary;
    private final MachineSpec machine;
    private final List<AttachedDisk> disks;
    private final StoreLayout layout;
    private final List<String> arguments = new ArrayList<>();
    private int ahciPorts;

    private QemuCommandLine(QemuBinary binary, MachineSpec machine, List<AttachedDisk> disks, StoreLayout layout) {
        this.binary = binary;
        this.machine = machine;
        this.disks = disks;
        this.layout = layout;
    }

    static List<String> of(
            QemuBinary binary,
            MachineSpec machine,
            List<AttachedDisk> disks,
            StoreLayout layout,
            Optional<SavedState> state) {
        QemuCommandLine line = new QemuCommandLine(binary, machine, disks, layout);
        line.confinement();
        line.board(state);
        line.monitors();
        line.boot();
        line.smallDevices();
        line.controlChannel();
        disks.forEach(line::disk);
        line.network();
        // The device state alone is a stream without a configuration section; memory is saved in the same way.
        line.add("-global", "migration.send-configuration=off");
        if (state.isPresent()) {
            line.add("-incoming", "defer", "-S");
        }
        return List.copyOf(line.arguments);
    }

    private void confinement() {
        add("-nodefaults", "-no-user-config", "-display", "none");
        add("-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
        add("-msg", "timestamp=on");
    }

    private void board(Optional<SavedState> state) {
        // Without a description a stream ends where the device state ends, as xen-save-devices-state writes it.
        add("-machine", machine.machineType() + ",memory-backend=" + RAM + ",suppress-vmdesc=on,vmport=off");
        add("-accel", machine.accelerator() == Accelerator.KVM ? "kvm" : "tcg");
        add("-cpu", machine.cpuModel());
        add("-smp", Integer.toString(machine.cpus()));
        add("-m", machine.memoryMib() + "M");
        add(
                "-object",
                state.map(this::mapped)
                        .orElseGet(() -> Json.object()
                                .put("qom-type", "memory-backend-ram")
                                .put("id", RAM)
                                .put("size", memoryBytes())
                                .build())
                        .compact());
        add("-rtc", "base=utc");
        // A guest that powers off leaves its VMM, so that a power-off can be told from a crash.
        add("-no-shutdown");
    }

    /** A QEMU that can map only what it may write gets a copy that it may write, and privately all the same. */
    private Json.Obj mapped(SavedState state) {
        Json.Builder memory = Json.object()
                .put("qom-type", "memory-backend-file")
                .put("id", RAM)
                .put("size", memoryBytes())
                .put("mem-path", state.memory().toString())
                .put("share", false);
        return binary.mapsReadOnly()
                ? memory.put("offset", state.memoryOffset())
                        .put("readonly", true)
                        .put("rom", "off")
                        .build()
                : memory.build();
    }

    private long memoryBytes() {
        return (long) machine.memoryMib() << 20;
    }

    private void monitors() {
        for (String socket : new String[] {CONTROL_SOCKET, OBSERVER_SOCKET}) {
            String id = socket.substring(0, socket.indexOf('.'));
            add("-chardev", "socket,id=" + id + ",path=" + socket + ",server=on,wait=off");
            add("-mon", "chardev=" + id + ",mode=control");
        }
    }

    private void boot() {
        switch (machine.boot()) {
            case MachineSpec.Boot.DirectKernel(var kernel, var initrd, var commandLine) -> {
                firmware(FirmwareFiles.bios());
                add(
                        "-kernel",
                        layout.blob(kernel).toString(),
                        "-initrd",
                        layout.blob(initrd).toString(),
                        "-append",
                        commandLine);
            }
            case MachineSpec.Boot.Bios() -> firmware(FirmwareFiles.bios());
            case MachineSpec.Boot.Uefi() -> firmware(FirmwareFiles.uefi());
        }
    }

    /**
     * In flash, a BIOS too: QEMU leaves its usual BIOS memory empty where a saved state is loaded, since memory is part of
     * what it expects there, and then a restored guest could never reboot.
     */
    private void firmware(Path code) {
        add("-blockdev", BlockNodes.file(FIRMWARE + "-file", code, true).compact());
        add(
                "-blockdev",
                Json.object()
                        .put("driver", "raw")
                        .put("node-name", FIRMWARE)
                        .put("read-only", true)
                        .put("file", FIRMWARE + "-file")
                        .build()
                        .compact());
        add("-machine", "pflash0=" + FIRMWARE);
    }

    private void smallDevices() {
        // A ring in QEMU's memory: a guest that writes without end fills no disk.
        add("-chardev", "ringbuf,id=" + CONSOLE + ",size=" + CONSOLE_BYTES);
        add("-device", "isa-serial,chardev=" + CONSOLE);
        add("-object", "rng-builtin,id=rng");
        if (machine.drivers() == MachineSpec.GuestDrivers.VIRTIO) {
            add("-device", "virtio-rng-pci,rng=rng");
        }
        if (machine.generationId()) {
            // A new value at every start tells the guest's kernel to reseed its random numbers.
            add("-device", "vmgenid,guid=auto");
        }
    }

    private void controlChannel() {
        if (machine.agentPorts() == 0) {
            return;
        }
        add("-device", "virtio-serial-pci,id=agent,max_ports=" + (machine.agentPorts() + 1));
        for (int i = 0; i < machine.agentPorts(); i++) {
            add("-chardev", "socket,id=agent" + i + ",path=agent-" + i + ".sock,server=on,wait=off");
            add("-device", "virtserialport,bus=agent.0,nr=" + (i + 1) + ",chardev=agent" + i + ",name=smolvm." + i);
        }
    }

    private void disk(AttachedDisk disk) {
        for (Json.Obj node : BlockNodes.of(disk)) {
            add("-blockdev", node.compact());
        }
        String plugged = ",drive=" + BlockNodes.topNode(disk) + ",id=disk-" + disk.id() + ",serial=" + disk.id();
        if (disk.id().equals("firmware")) {
            add("-machine", "pflash1=" + BlockNodes.topNode(disk));
        } else if (machine.drivers() == MachineSpec.GuestDrivers.VIRTIO) {
            add("-device", "virtio-blk-pci" + plugged + bootOrder(disk));
        } else {
            add("-device", "ide-hd" + plugged + ",bus=ide." + ahciPorts++ + bootOrder(disk));
        }
    }

    /** Firmware is to start the root disk: no other disk, and nothing that a network offers. */
    private String bootOrder(AttachedDisk disk) {
        return disk.id().equals("root") && !(machine.boot() instanceof MachineSpec.Boot.DirectKernel)
                ? ",bootindex=0"
                : "";
    }

    private void network() {
        if (machine.mac().isEmpty()) {
            return;
        }
        String model = machine.drivers() == MachineSpec.GuestDrivers.VIRTIO ? "virtio-net-pci" : "e1000e";
        // The policy that keeps this network off private addresses is in guest/netpolicy. romfile: no network boot.
        add("-netdev", "user,id=" + NETWORK + ",ipv6=off");
        add(
                "-device",
                model + ",netdev=" + NETWORK + ",id=nic0,mac=" + machine.mac().get() + ",romfile=");
    }

    private void add(String... more) {
        arguments.addAll(List.of(more));
    }
}
