package dev.smolvm.sandbox;

/** How a guest's instructions are to be run. */
public enum AcceleratorChoice {
    /** KVM where it really works, else TCG. */
    AUTO,
    KVM,
    TCG
}
