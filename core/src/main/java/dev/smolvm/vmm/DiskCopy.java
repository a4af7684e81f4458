package dev.smolvm.vmm;

import java.nio.file.Path;

/**
 * A copy of a whole disk, to be made while its guest stands still.
 *
 * @param id the disk's id in the {@link MachineSpec}
 * @param from the file that the guest writes to
 * @param to does not exist
 */
public record DiskCopy(String id, Path from, Path to) {}
