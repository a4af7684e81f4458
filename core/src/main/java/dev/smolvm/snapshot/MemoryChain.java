package dev.smolvm.snapshot;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.StoreLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Puts a snapshot's memory together from its own file and those of the snapshots it depends on. */
public final class MemoryChain {
    private final SnapshotRecords records;
    private final StoreLayout layout;

    public MemoryChain(SnapshotRecords records, StoreLayout layout) {
        this.records = records;
        this.layout = layout;
    }

    /** Opens the memory of a snapshot that has one. */
    public MemoryImage open(SnapshotManifest manifest) throws IOException {
        Deque<SnapshotManifest> chain = chain(manifest);
        MemoryImage image = MemoryImage.zeros(manifest.memory().orElseThrow().bytes());
        try {
            while (!chain.isEmpty()) {
                SnapshotManifest next = chain.pop();
                MemoryRecord memory = next.memory().orElseThrow();
                switch (memory) {
                    case MemoryRecord.Complete complete -> image.addComplete(file(next), complete.offset());
                    case MemoryRecord.Changes _ -> image.addChanges(file(next));
                }
            }
            return image;
        } catch (IOException | RuntimeException e) {
            image.close();
            throw e;
        }
    }

    /** The snapshots whose files make up the memory, the complete one on top. */
    private Deque<SnapshotManifest> chain(SnapshotManifest manifest) {
        Deque<SnapshotManifest> chain = new ArrayDeque<>();
        Set<SnapshotId> seen = new HashSet<>();
        Optional<SnapshotManifest> next = Optional.of(manifest);
        while (next.isPresent()) {
            SnapshotManifest current = next.get();
            if (!seen.add(current.id())) {
                throw broken(manifest, "its parents go round in a circle");
            }
            checkFile(current);
            chain.push(current);
            next = current.memoryParent().map(parent -> parentOf(manifest, parent));
        }
        return chain;
    }

    private SnapshotManifest parentOf(SnapshotManifest manifest, SnapshotId parent) {
        if (!records.exists(parent)) {
            throw broken(manifest, "its parent " + parent + " is missing");
        }
        SnapshotManifest found = records.load(parent);
        if (found.memory().isEmpty()) {
            throw broken(manifest, "its parent " + parent + " has no memory");
        }
        if (found.memory().get().bytes() != manifest.memory().orElseThrow().bytes()) {
            throw broken(manifest, "its parent " + parent + " has another memory size");
        }
        return found;
    }

    private void checkFile(SnapshotManifest manifest) {
        SavedFile file = manifest.memory().orElseThrow().file();
        SavedFile.checkSize(manifest.id(), "memory", file(manifest), file.size());
    }

    public Path file(SnapshotManifest manifest) {
        return layout.snapshot(manifest.id())
                .resolve(manifest.memory().orElseThrow().file().name());
    }

    private static SmolVmException broken(SnapshotManifest manifest, String what) {
        return new SmolVmException(
                ErrorKind.INTEGRITY,
                "snapshot " + manifest.id() + " cannot be put together: " + what,
                "restore another snapshot: smolvm sandbox snapshot list");
    }
}
