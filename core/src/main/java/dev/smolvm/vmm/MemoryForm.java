package dev.smolvm.vmm;

/** How a VMM gives away its guest's memory. What is stored is the same: each page in its place. */
public enum MemoryForm {
    /** It writes the file itself, and maps it again. */
    MAPPED,
    /** As a stream that the host takes apart; a restore makes a copy of the file, which the VMM maps. */
    STREAM
}
