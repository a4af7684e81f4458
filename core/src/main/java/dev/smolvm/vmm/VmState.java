package dev.smolvm.vmm;

/** What a VMM says of its guest. */
public enum VmState {
    RUNNING,
    PAUSED,
    /** The guest powered itself off. */
    POWERED_OFF,
    /** Stopped because a write to the host's disk failed, usually for want of space. */
    WRITE_FAILED
}
