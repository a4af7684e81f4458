package dev.smolvm.vmm;

/**
 * What a VMM can do, asked of it.
 *
 * @param liveMemory saves memory while the guest runs, into a file that can be mapped
 * @param diskSnapshots saves the disk alone
 */
public record VmmCapabilities(boolean liveMemory, boolean diskSnapshots) {}
