package dev.smolvm.vmm.qemu;

import dev.smolvm.json.Json;
import dev.smolvm.vmm.AttachedDisk;
import dev.smolvm.vmm.LayerMove;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Moves disks to new layers, all at the same instant (QMP {@code transaction} of {@code blockdev-snapshot}). */
final class LayerSwitch {
    private final QmpClient qmp;
    private final List<LayerMove> moves;
    private boolean committed;

    LayerSwitch(QmpClient qmp, List<LayerMove> moves) {
        this.qmp = qmp;
        this.moves = moves;
    }

    /** Opens the new layers; nothing uses them yet. */
    void prepare() {
        try {
            for (LayerMove move : moves) {
                AttachedDisk.Layer next = move.next();
                blockdevAdd(BlockNodes.file(BlockNodes.fileNode(next), next.file(), false));
                blockdevAdd(BlockNodes.qcow2(next, Optional.empty(), false));
            }
        } catch (RuntimeException e) {
            abandon();
            throw e;
        }
    }

    void commit() {
        commit(List.of());
    }

    /** @param others actions of the same instant */
    void commit(List<Json> others) {
        List<Json> actions = new ArrayList<>(others);
        for (LayerMove move : moves) {
            actions.add(Json.object()
                    .put("type", "blockdev-snapshot")
                    .put(
                            "data",
                            Json.object()
                                    .put("node", BlockNodes.layerNode(move.top()))
                                    .put("overlay", BlockNodes.layerNode(move.next()))
                                    .build())
                    .build());
        }
        qmp.execute("transaction", Json.object().put("actions", new Json.Arr(actions)));
        committed = true;
    }

    /** Closes the new layers again, where they were not taken into use. */
    void abandon() {
        if (committed) {
            return;
        }
        for (LayerMove move : moves) {
            for (String node : List.of(BlockNodes.layerNode(move.next()), BlockNodes.fileNode(move.next()))) {
                try {
                    qmp.execute("blockdev-del", Json.object().put("node-name", node));
                } catch (RuntimeException e) {
                    // Was not made, or the VMM is gone; the caller reports what went wrong before.
                }
            }
        }
    }

    /**
     * Reopens the former top layers read-only: QEMU otherwise keeps them open for writing, and locks them against readers in
     * other VMMs.
     */
    void sealLower() {
        for (LayerMove move : moves) {
            List<AttachedDisk.Layer> layers = move.chain().layers();
            Optional<String> below = layers.size() < 2
                    ? Optional.empty()
                    : Optional.of(BlockNodes.layerNode(layers.get(layers.size() - 2)));
            Json.Obj options = BlockNodes.qcow2(move.top(), below, true);
            qmp.execute("blockdev-reopen", Json.object().put("options", new Json.Arr(List.of(options))));
        }
    }

    private void blockdevAdd(Json.Obj node) {
        qmp.execute("blockdev-add", node, QmpClient.COMMAND_DEADLINE);
    }
}
