package dev.smolvm.vmm;

/**
 * What a VMM can do, asked of it.
 *
 * @param savesMachines saves memory and device state
 * @param memory how it gives the memory away
 * @param directIo writes memory past the page cache
 * @param diskSnapshots saves the disk alone
 * @param layers the form of a sandbox's disks
 * @param firmware boots disks by their own boot loader, with drivers of any system
 * @param agentPorts whether the control channel is virtio-serial ports; else it is vsock
 * @param diskSerials whether a guest sees a disk's id as its serial number; else it knows disks by their order
 */
public record VmmCapabilities(
        boolean savesMachines,
        MemoryForm memory,
        boolean directIo,
        boolean diskSnapshots,
        LayerFormat layers,
        boolean firmware,
        boolean agentPorts,
        boolean diskSerials) {}
