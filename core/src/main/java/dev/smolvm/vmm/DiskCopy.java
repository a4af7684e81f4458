package dev.smolvm.vmm;

import java.nio.file.Path;

/**
 * A copy of a whole disk as it is at one moment.
 *
 * @param id the disk's id in the {@link MachineSpec}
 * @param bytes what the guest sees of it
 * @param from the file that the guest writes to
 * @param to where VMMs know layers: an empty layer of this size; else it does not exist
 */
public record DiskCopy(String id, long bytes, Path from, Path to) {}
