package dev.smolvm.vmm;

import dev.smolvm.store.BlobId;
import java.nio.file.Path;
import java.util.List;

/** A disk as a VMM opens it. Formats and chains are always given explicitly; what a file's header says of them is not followed. */
public sealed interface AttachedDisk {
    /** The disk's id in the {@link MachineSpec}, and its serial number in the guest. */
    String id();

    /**
     * One file of a chain.
     *
     * @param raw not qcow2, whatever its content says: only the lowest, which is never written
     */
    record Layer(BlobId id, Path file, boolean raw) {
        public Layer(BlobId id, Path file) {
            this(id, file, false);
        }
    }

    /** Layers, the lowest first; only the last is written. */
    record Chain(String id, List<Layer> layers) implements AttachedDisk {
        public Chain {
            layers = List.copyOf(layers);
        }
    }

    /** A file by itself: a user's own, or a whole raw disk of the sandbox's. */
    record UserFile(String id, Path file, boolean qcow2, boolean readOnly) implements AttachedDisk {}
}
