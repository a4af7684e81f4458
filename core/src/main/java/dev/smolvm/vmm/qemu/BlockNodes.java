package dev.smolvm.vmm.qemu;

import dev.smolvm.json.Json;
import dev.smolvm.vmm.AttachedDisk;
import dev.smolvm.vmm.DiskCopy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * QEMU's block nodes for our disks (QEMU docs/devel/block: {@code blockdev-add}). A layer is two nodes, its file and the qcow2
 * in it. Drivers and backing nodes are named explicitly, so nothing in a file's header can make QEMU open another file.
 */
final class BlockNodes {
    /** A node's name may have 31 characters. */
    private static final int NODE_ID = 30;

    /** What the names of nodes that copies are written to begin with. */
    static final String COPY = "copy-";

    static final String COPY_FILE = "copyfile-";

    private BlockNodes() {}

    static String layerNode(AttachedDisk.Layer layer) {
        return "l" + layer.id().value().substring(0, NODE_ID);
    }

    static String fileNode(AttachedDisk.Layer layer) {
        return "f" + layer.id().value().substring(0, NODE_ID);
    }

    /** The name of the node a device is plugged into at the start. */
    static String topNode(AttachedDisk disk) {
        return switch (disk) {
            case AttachedDisk.Chain chain -> layerNode(chain.layers().getLast());
            case AttachedDisk.UserFile user -> userNode(user.id());
        };
    }

    /** The name of the node of a user's file. */
    static String userNode(String diskId) {
        return "u-" + diskId;
    }

    /** The name of the node that a copy of a disk is written to. */
    static String copyNode(DiskCopy copy) {
        return COPY + copy.id();
    }

    private static String copyFileNode(DiskCopy copy) {
        return COPY_FILE + copy.id();
    }

    /** The nodes that a copy of a disk is written to, in the order in which they can be made. */
    static List<Json.Obj> of(DiskCopy copy) {
        return List.of(
                file(copyFileNode(copy), copy.to(), false),
                Json.object()
                        .put("driver", "qcow2")
                        .put("node-name", copyNode(copy))
                        .put("discard", "unmap")
                        // A file that is all data, as most copies of disks are, becomes a sparse one.
                        .put("detect-zeroes", "unmap")
                        .put("file", copyFileNode(copy))
                        .put("backing", Json.NULL)
                        .build());
    }

    /** All nodes of a disk, in the order in which they can be made. */
    static List<Json.Obj> of(AttachedDisk disk) {
        List<Json.Obj> nodes = new ArrayList<>();
        switch (disk) {
            case AttachedDisk.Chain chain -> {
                Optional<String> below = Optional.empty();
                for (AttachedDisk.Layer layer : chain.layers()) {
                    boolean readOnly = layer != chain.layers().getLast();
                    nodes.add(file(fileNode(layer), layer.file(), readOnly));
                    nodes.add(layer.raw() ? raw(layer) : qcow2(layer, below, readOnly));
                    below = Optional.of(layerNode(layer));
                }
            }
            case AttachedDisk.UserFile user -> {
                nodes.add(file("uf-" + user.id(), user.file(), user.readOnly()));
                Json.Builder format = Json.object()
                        .put("driver", user.qcow2() ? "qcow2" : "raw")
                        .put("node-name", topNode(user))
                        .put("read-only", user.readOnly())
                        .put("file", "uf-" + user.id());
                if (user.qcow2()) {
                    // The file may have changed since it was checked.
                    format.put("backing", Json.NULL);
                }
                nodes.add(format.build());
            }
        }
        return nodes;
    }

    private static Json.Obj raw(AttachedDisk.Layer layer) {
        return Json.object()
                .put("driver", "raw")
                .put("node-name", layerNode(layer))
                .put("read-only", true)
                .put("file", fileNode(layer))
                .build();
    }

    static Json.Obj file(String node, Path file, boolean readOnly) {
        return Json.object()
                .put("driver", "file")
                .put("node-name", node)
                .put("filename", file.toString())
                .put("read-only", readOnly)
                .put("auto-read-only", true)
                .put("discard", "unmap")
                .build();
    }

    /** @param below the node of the layer beneath; empty: none, which is said to QEMU explicitly */
    static Json.Obj qcow2(AttachedDisk.Layer layer, Optional<String> below, boolean readOnly) {
        return Json.object()
                .put("driver", "qcow2")
                .put("node-name", layerNode(layer))
                .put("read-only", readOnly)
                .put("discard", "unmap")
                .put("file", fileNode(layer))
                .put("backing", below.orElse(null))
                .build();
    }
}
