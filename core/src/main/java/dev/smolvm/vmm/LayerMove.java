package dev.smolvm.vmm;

/**
 * A disk's move to a new, empty layer above what it has.
 *
 * @param chain as it is now; its last layer is the one that the guest writes to
 * @param next the file exists
 */
public record LayerMove(AttachedDisk.Chain chain, AttachedDisk.Layer next) {
    public AttachedDisk.Layer top() {
        return chain.layers().getLast();
    }
}
