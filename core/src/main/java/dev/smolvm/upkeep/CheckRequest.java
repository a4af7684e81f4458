package dev.smolvm.upkeep;

/**
 * How a store is to be checked.
 *
 * @param data all files are read and compared with their checksums; otherwise only what can be seen without
 * @param repair leftovers are removed and modes put right
 */
public record CheckRequest(boolean data, boolean repair) {}
