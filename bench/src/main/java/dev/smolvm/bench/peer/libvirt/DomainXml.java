package dev.smolvm.bench.peer.libvirt;

import dev.smolvm.bench.peer.GuestFiles;
import java.nio.file.Path;

/**
 * A domain that is as close to a sandbox of ours as libvirt lets it be: kernel, disk, memory, one CPU, user network, and ports
 * for the agent. Its identity is fixed, so that a saved one can be restored with another disk.
 *
 * @param type {@code kvm} or {@code qemu}
 * @param machine QEMU's versioned machine type, or its alias
 * @param sockets where {@code agent-0.sock} and so on will lie
 */
record DomainXml(String type, String machine, Path emulator, GuestFiles guest, int memoryMib, Path sockets) {
    static final String NAME = "bench";
    static final int PORTS = 4;

    String with(Path disk) {
        StringBuilder ports = new StringBuilder();
        for (int i = 0; i < PORTS; i++) {
            ports.append(
                    """
                        <channel type='unix'>
                          <source mode='bind' path='%s'/>
                          <target type='virtio' name='smolvm.%d'/>
                        </channel>
                    """
                            .formatted(text(sockets.resolve("agent-" + i + ".sock")), i));
        }
        return """
                <domain type='%s'>
                  <name>%s</name>
                  <uuid>6b1f2c1e-6a0e-4f0e-9f57-5d3c0c1a7b10</uuid>
                  <memory unit='MiB'>%d</memory>
                  <vcpu>1</vcpu>
                  <os>
                    <type arch='x86_64' machine='%s'>hvm</type>
                    <kernel>%s</kernel>
                    <initrd>%s</initrd>
                    <cmdline>%s</cmdline>
                  </os>
                  <features><acpi/></features>
                  <cpu mode='%s'/>
                  <clock offset='utc'/>
                  <devices>
                    <emulator>%s</emulator>
                    <disk type='file' device='disk'>
                      <driver name='qemu' type='qcow2' discard='unmap'/>
                      <source file='%s'/>
                      <target dev='vda' bus='virtio'/>
                      <serial>root</serial>
                    </disk>
                    <controller type='usb' model='none'/>
                    <controller type='virtio-serial' ports='13'/>
                %s    <serial type='null'/>
                    <interface type='user'><mac address='52:54:00:5b:e9:01'/><model type='virtio'/></interface>
                    <rng model='virtio'><backend model='builtin'/></rng>
                    <memballoon model='none'/>
                  </devices>
                </domain>
                """
                .formatted(
                        type,
                        NAME,
                        memoryMib,
                        text(machine),
                        text(guest.kernel()),
                        text(guest.initrd()),
                        text(guest.commandLine()),
                        type.equals("kvm") ? "host-passthrough" : "maximum",
                        text(emulator),
                        text(disk),
                        ports);
    }

    /** Safe in an element and in a quoted attribute. */
    private static String text(Object value) {
        return value.toString().replace("&", "&amp;").replace("<", "&lt;").replace("'", "&apos;");
    }
}
