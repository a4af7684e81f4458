package dev.smolvm.guest;

/** Held while file systems of a guest are frozen; closing thaws. */
public interface Frozen extends AutoCloseable {
    /** How many file systems are frozen; 0: flushed only. */
    int frozen();

    /** How many could only be flushed. */
    int flushed();

    /** Thaws; a failure to confirm is guest did not answer, and the guest's own watchdog then thaws. */
    @Override
    void close();
}
