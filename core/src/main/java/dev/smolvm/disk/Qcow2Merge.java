package dev.smolvm.disk;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes one layer of several that lie on each other, which means the same to whatever lies beneath and above. Done here and not
 * by {@code qemu-img}: that tells "zeros" from "nothing said" only where it may write to the layers.
 */
public final class Qcow2Merge {
    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(Qcow2Layer.CLUSTER);

    private final List<Qcow2Layer> layers;
    private final boolean bottom;
    private final Qcow2Writer target;
    private final ByteBuffer data = ByteBuffer.allocateDirect(Qcow2Layer.CLUSTER);
    private long clustersLeft;

    private Qcow2Merge(List<Qcow2Layer> layers, boolean bottom, Qcow2Writer target) {
        this.layers = layers;
        this.bottom = bottom;
        this.target = target;
        // A table that names one cluster again and again cannot fill the host's disk.
        this.clustersLeft = layers.stream().mapToLong(Qcow2Layer::capacity).sum();
    }

    /**
     * @param files of layers that our disks consist of, the lowest first
     * @param bottom nothing lies beneath them
     * @param target does not exist
     * @throws SmolVmException integrity: a layer is damaged; unsupported: a layer that cannot be merged with the others
     */
    public static void merge(List<Path> files, boolean bottom, Path target) throws IOException {
        List<Qcow2Layer> layers = new ArrayList<>();
        try {
            for (Path file : files) {
                layers.add(Qcow2Layer.open(file));
            }
            long virtualBytes = layers.getLast().virtualBytes();
            checkSizes(files, layers, bottom, virtualBytes);
            try (Qcow2Writer writer = new Qcow2Writer(target, virtualBytes)) {
                new Qcow2Merge(layers, bottom, writer).merge();
            }
        } finally {
            for (Qcow2Layer layer : layers) {
                layer.close();
            }
        }
    }

    /**
     * Behind the end of a smaller layer there are zeros, not what lies beneath it. Only at the bottom, where nothing does, does
     * that make no difference.
     */
    private static void checkSizes(List<Path> files, List<Qcow2Layer> layers, boolean bottom, long virtualBytes) {
        long below = bottom ? 0 : virtualBytes;
        for (int i = 0; i < layers.size(); i++) {
            long bytes = layers.get(i).virtualBytes();
            boolean grows = bytes >= below && (bytes == virtualBytes || bytes % Qcow2Layer.CLUSTER == 0);
            if (!grows || bytes > virtualBytes) {
                throw new SmolVmException(
                        ErrorKind.UNSUPPORTED,
                        "layer " + files.get(i) + " is of another size than those around it",
                        "leave it as it is: it works, unmerged");
            }
            below = bytes;
        }
    }

    private void merge() throws IOException {
        for (int table = 0; table < target.tables(); table++) {
            List<long[]> clusters = new ArrayList<>();
            for (Qcow2Layer layer : layers) {
                clusters.add(layer.clusters(table));
            }
            if (clusters.stream().anyMatch(c -> c != null)) {
                merge(table, clusters);
            }
        }
        target.finish();
    }

    private void merge(int table, List<long[]> clusters) throws IOException {
        long[] merged = new long[Qcow2Layer.ENTRIES];
        boolean any = false;
        long first = (long) table * Qcow2Layer.ENTRIES;
        for (int i = 0; i < merged.length && first + i < target.clusters(); i++) {
            merged[i] = merge(clusters, i);
            any |= merged[i] != Qcow2Layer.UNALLOCATED;
        }
        if (any) {
            target.writeTable(table, merged);
        }
    }

    /** The highest layer that says something about a cluster is right. */
    private long merge(List<long[]> clusters, int index) throws IOException {
        for (int i = layers.size() - 1; i >= 0; i--) {
            long cluster = clusters.get(i) == null ? Qcow2Layer.UNALLOCATED : clusters.get(i)[index];
            if (cluster == Qcow2Layer.ZERO) {
                return zero();
            }
            if (cluster != Qcow2Layer.UNALLOCATED) {
                return copy(layers.get(i), cluster);
            }
        }
        return Qcow2Layer.UNALLOCATED;
    }

    private long zero() {
        return bottom ? Qcow2Layer.UNALLOCATED : Qcow2Layer.ZERO;
    }

    private long copy(Qcow2Layer layer, long at) throws IOException {
        layer.read(at, data);
        if (data.mismatch(ZEROS.duplicate().clear()) < 0) {
            return zero();
        }
        if (clustersLeft-- == 0) {
            throw new SmolVmException(
                    ErrorKind.INTEGRITY,
                    "the layers name more clusters than their files have",
                    "leave them as they are: they work, unmerged");
        }
        return target.append(data);
    }
}
