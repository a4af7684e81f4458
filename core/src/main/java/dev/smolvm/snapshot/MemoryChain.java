package dev.smolvm.snapshot;

import dev.smolvm.error.Advice;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.vmm.SavedState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Puts a snapshot's memory together from its own file and those of the snapshots it depends on. */
public final class MemoryChain {
    private final SnapshotRecords records;

    public MemoryChain(SnapshotRecords records) {
        this.records = records;
    }

    /** Opens the memory of a snapshot that has one. */
    public MemoryImage open(SnapshotManifest manifest) throws IOException {
        return open(links(manifest), MemoryImage::addComplete);
    }

    /** The same for somebody who reads nothing of the complete file. */
    MemoryImage openUnread(SnapshotManifest manifest) throws IOException {
        return open(links(manifest), MemoryImage::addMapped);
    }

    /**
     * What a VMM can map without anything being read: one complete file, and what replaces pages of it.
     *
     * @return empty if the chain does not begin with a complete file
     */
    Optional<SavedState> mapped(SnapshotManifest manifest, Path deviceState) throws IOException {
        List<SnapshotManifest> links = links(manifest);
        SnapshotManifest lowest = links.getFirst();
        if (!(lowest.memory().orElseThrow() instanceof MemoryRecord.Complete complete)) {
            return Optional.empty();
        }
        try (MemoryImage image = open(links, MemoryImage::addMapped)) {
            return Optional.of(new SavedState(deviceState, file(lowest), complete.offset(), image.overlay()));
        }
    }

    /** How a complete file is laid. */
    private interface Ground {
        void add(MemoryImage image, Path file, long offset) throws IOException;
    }

    private MemoryImage open(List<SnapshotManifest> links, Ground ground) throws IOException {
        MemoryImage image =
                MemoryImage.zeros(links.getLast().memory().orElseThrow().bytes());
        try {
            for (SnapshotManifest link : links) {
                switch (link.memory().orElseThrow()) {
                    case MemoryRecord.Complete complete -> ground.add(image, file(link), complete.offset());
                    case MemoryRecord.Changes changes -> image.addChanges(file(link), changes.index());
                }
            }
            return image;
        } catch (IOException | RuntimeException e) {
            image.close();
            throw e;
        }
    }

    /**
     * The snapshots whose files make up the memory, the lowest first.
     *
     * @throws SmolVmException integrity: one is missing, or its file is or has another size
     */
    List<SnapshotManifest> links(SnapshotManifest manifest) {
        List<SnapshotManifest> links = new ArrayList<>();
        Set<SnapshotId> seen = new HashSet<>();
        Optional<SnapshotManifest> next = Optional.of(manifest);
        while (next.isPresent()) {
            SnapshotManifest current = next.get();
            if (!seen.add(current.id())) {
                throw broken(manifest, "its parents go round in a circle");
            }
            checkFile(current);
            links.add(current);
            next = current.memoryParent().map(parent -> parentOf(manifest, parent));
        }
        return links.reversed();
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
        return records.directory(manifest.id())
                .resolve(manifest.memory().orElseThrow().file().name());
    }

    private static SmolVmException broken(SnapshotManifest manifest, String what) {
        return new SmolVmException(
                ErrorKind.INTEGRITY,
                "snapshot " + manifest.id() + " cannot be put together: " + what,
                Advice.WHICH_SNAPSHOTS_ARE_INTACT);
    }
}
