package dev.smolvm.vmm;

/**
 * What a VMM can do, asked of it.
 *
 * @param liveMemory saves memory while the guest runs, into a file that can be mapped
 * @param directIo writes that file past the page cache
 * @param diskSnapshots saves the disk alone
 */
public record VmmCapabilities(boolean liveMemory, boolean directIo, boolean diskSnapshots) {}
