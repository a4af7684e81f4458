package dev.smolvm.vmm;

import dev.smolvm.os.SparseCopy;
import java.util.List;
import java.util.Map;

/** The disks of a running machine whose VMM knows layers. */
public interface LayeredDisks {
    /** Which layer each chained disk writes to, as the VMM sees it: disk id to the layer's node name, see {@link #layerNode}. */
    Map<String, String> activeLayers();

    /** How {@link #activeLayers()} names a layer. */
    String layerNode(AttachedDisk.Layer layer);

    /** The virtual size of each disk as its guest sees it, in bytes. */
    Map<String, Long> sizes();

    /**
     * Moves disks to their new layers and begins copies of others, all at one instant and without pausing the guest. The copies
     * are of that instant, whatever the guest writes meanwhile.
     */
    void switchLayers(List<LayerMove> moves, List<DiskCopy> copies);

    /**
     * Waits for copies that were begun.
     *
     * @param listener told how far they are, in bytes
     * @throws dev.smolvm.error.SmolVmException no space: the files' disk is full; then none is being made any more
     */
    void awaitCopies(List<DiskCopy> copies, SparseCopy.Listener listener);

    /** Completes moves that were made by a command that died half-way, and lets go of the layers of those that were not. */
    void finishSwitch(List<LayerMove> moves);
}
