package dev.smolvm.inspect;

import dev.smolvm.sandbox.SandboxDefinition;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobId;
import dev.smolvm.vmm.AttachedDisk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The files of a disk that is looked at; nobody writes to them meanwhile.
 *
 * @param layers the lowest first; or one raw file
 * @param bytes virtual size
 * @param owner whose disk it is
 * @param image the layer that no guest wrote, where there is one
 * @param sealed the layers, if all of them are sealed: such disks are alike if these are
 */
record DiskFiles(
        List<File> layers,
        long bytes,
        Path directory,
        SandboxDefinition owner,
        Optional<Blob> image,
        Optional<List<Blob>> sealed) {
    DiskFiles {
        layers = List.copyOf(layers);
    }

    record File(Path path, boolean raw) {}

    /** Ids of their own: two disks may have layers in common, and a VMM takes each as a node by itself. */
    List<AttachedDisk.Layer> attached() {
        List<AttachedDisk.Layer> attached = new ArrayList<>();
        for (File file : layers) {
            attached.add(new AttachedDisk.Layer(BlobId.random(), file.path(), file.raw()));
        }
        return attached;
    }
}
