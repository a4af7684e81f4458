package dev.smolvm.sandbox;

/** Which VMM a sandbox was asked to run on. */
public enum BackendChoice {
    AUTO,
    QEMU,
    FIRECRACKER
}
