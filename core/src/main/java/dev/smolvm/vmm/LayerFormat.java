package dev.smolvm.vmm;

/** In which form a VMM takes a sandbox's disks. */
public enum LayerFormat {
    /** Chains of qcow2 layers: a snapshot seals the top one. */
    QCOW2_CHAIN,
    /** One raw file each: a snapshot copies it. */
    RAW
}
