package dev.smolvm.guest;

/** Told of a transfer's progress. */
@FunctionalInterface
public interface TransferListener {
    TransferListener NONE = (path, bytes) -> {};

    /** @param bytes of this file's content moved since the last call */
    void moved(String path, long bytes);
}
