package dev.smolvm.bench.measure;

/** What a contender's figures are to ours. */
public enum Role {
    /** smolvm as it is used. A scenario has one, and all others are compared with it. */
    OURS,
    /** smolvm in another way. */
    VARIANT,
    /** The least that the same takes on this machine, by hand and without the library. */
    FLOOR,
    /** Another program that does the same. */
    PEER
}
