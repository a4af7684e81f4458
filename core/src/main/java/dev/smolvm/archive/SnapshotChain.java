package dev.smolvm.archive;

import dev.smolvm.error.Advice;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.snapshot.MemoryChain;
import dev.smolvm.snapshot.SavedFile;
import dev.smolvm.snapshot.SnapshotManifest;
import dev.smolvm.snapshot.SnapshotRecords;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.StoreLocks;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A snapshot and those whose memory it is made of, kept from being changed or removed. */
final class SnapshotChain implements AutoCloseable {
    private final List<StoreLocks.Held> locks = new ArrayList<>();
    private final List<SnapshotManifest> manifests = new ArrayList<>();

    private SnapshotChain() {}

    static SnapshotChain lock(SnapshotId id, SnapshotRecords snapshots, StoreLocks locks) {
        SnapshotChain chain = new SnapshotChain();
        try {
            for (Optional<SnapshotId> next = Optional.of(id); next.isPresent(); ) {
                SnapshotId each = next.get();
                if (chain.manifests.stream().anyMatch(m -> m.id().equals(each))) {
                    throw new SmolVmException(
                            ErrorKind.INTEGRITY,
                            "snapshot " + id + " is damaged: its parents go round in a circle",
                            Advice.WHICH_SNAPSHOTS_ARE_INTACT);
                }
                chain.locks.add(locks.snapshotShared(each));
                SnapshotManifest manifest = snapshots.load(each);
                chain.manifests.add(manifest);
                next = manifest.memoryParent();
            }
            return chain;
        } catch (RuntimeException e) {
            chain.close();
            throw e;
        }
    }

    SnapshotManifest snapshot() {
        return manifests.getFirst();
    }

    /**
     * Memory that is put together from several files gets a checksum of its own, so they are checked before.
     *
     * @throws SmolVmException integrity
     */
    void verifyMemory(MemoryChain memories) throws IOException {
        for (SnapshotManifest manifest : manifests) {
            Path file = memories.file(manifest);
            SavedFile saved = manifest.memory().orElseThrow().file();
            SavedFile.checkSize(manifest.id(), "memory", file, saved.size());
            if (!saved.matches(file)) {
                throw new SmolVmException(
                        ErrorKind.INTEGRITY,
                        "snapshot " + manifest.id() + " is damaged: its memory " + file
                                + " does not match its checksum",
                        Advice.WHICH_SNAPSHOTS_ARE_INTACT);
            }
        }
    }

    @Override
    public void close() {
        locks.reversed().forEach(StoreLocks.Held::close);
    }
}
