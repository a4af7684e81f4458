package dev.smolvm.vmm;

import java.util.List;
import java.util.Map;

/** The disks of a running machine whose VMM knows layers. */
public interface LayeredDisks {
    /** Which layer each chained disk writes to, as the VMM sees it: disk id to the layer's node name, see {@link #layerNode}. */
    Map<String, String> activeLayers();

    /** How {@link #activeLayers()} names a layer. */
    String layerNode(AttachedDisk.Layer layer);

    /** Moves disks to their new layers in one transaction, without pausing the guest. */
    void switchLayers(List<LayerMove> moves);

    /** Completes moves that were made by a command that died half-way, and lets go of the layers of those that were not. */
    void finishSwitch(List<LayerMove> moves);
}
