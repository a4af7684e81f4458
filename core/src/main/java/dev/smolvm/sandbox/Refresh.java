package dev.smolvm.sandbox;

/** What a guest that was restored has not been told yet; it is before any command runs in it. */
public enum Refresh {
    NONE,
    /** The time, and fresh randomness. */
    TIME,
    /** That it is another machine, too: a new machine id, host name and SSH host keys. */
    IDENTITY
}
