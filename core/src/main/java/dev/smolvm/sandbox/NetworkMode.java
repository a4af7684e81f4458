package dev.smolvm.sandbox;

/** What a guest can reach. */
public enum NetworkMode {
    /** The internet, but not the host's loopback, its other addresses, private networks or the metadata address. */
    NAT,
    NONE
}
