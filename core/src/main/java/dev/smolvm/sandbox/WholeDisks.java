package dev.smolvm.sandbox;

import dev.smolvm.Progress;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.image.DiskBuilder;
import dev.smolvm.os.SparseCopy;
import dev.smolvm.os.SparseFile;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobId;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.Store;
import java.io.IOException;
import java.nio.file.Path;

/** Makes the raw disks of one sandbox whose VMM knows no layers. The caller holds the sandbox's lock. */
public final class WholeDisks {
    private final Store store;
    private final SandboxName name;

    public WholeDisks(Store store, SandboxName name) {
        this.store = store;
        this.name = name;
    }

    /** A disk of this size with the content of a qcow2 layer that has nothing beneath it. */
    BlobId fromLayer(Blob layer, long bytes) {
        BlobId id = BlobId.random();
        Path file = store.layout().disk(name, id);
        try {
            DiskBuilder.toRaw(store.layout().blob(layer), file);
            try (SparseFile disk = SparseFile.openForWriting(file)) {
                disk.setSize(bytes);
            }
            DurableFiles.sync(file);
            return id;
        } catch (IOException e) {
            throw SmolVmException.of("create " + file, e);
        }
    }

    /** A disk that begins as what a snapshot saved, and is no smaller than that, whatever size is given. */
    public BlobId copyOf(Blob saved, long bytes, Progress progress) {
        BlobId id = BlobId.random();
        Path file = store.layout().disk(name, id);
        try {
            DurableFiles.createFile(file);
            SparseCopy.copy(store.layout().blob(saved), file, progress::advance);
            if (bytes > saved.size()) {
                try (SparseFile disk = SparseFile.openForWriting(file)) {
                    disk.setSize(bytes);
                }
            }
            DurableFiles.sync(file);
            return id;
        } catch (IOException e) {
            throw SmolVmException.of("copy " + store.layout().blob(saved) + " to " + file, e);
        }
    }
}
