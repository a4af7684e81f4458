package dev.smolvm.snapshot;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.SparseFile;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.vmm.CapturedState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Turns captured memory into a snapshot's memory file: as it is, or only what changed. The guest runs meanwhile, so this is
 * also where chains are kept short, see {@link MemoryFolding}.
 */
final class MemorySaver {
    private final MemoryChain chain;

    MemorySaver(SnapshotRecords snapshots) {
        this.chain = new MemoryChain(snapshots);
    }

    /** The moment from which on a VMM that knows the changes need save only those: that of a parent whose memory is all there. */
    Optional<String> since(Parent parent) throws IOException {
        Optional<SnapshotManifest> base = parent.withMemory();
        if (base.isPresent()) {
            try (MemoryImage _ = chain.openUnread(base.get())) {
                return Optional.of(base.get().moment());
            } catch (SmolVmException e) {
                unlessDamaged(e);
            }
        }
        return Optional.empty();
    }

    /** @param notes gets what the user should know of it */
    MemoryRecord save(CapturedState state, SnapshotType type, Parent parent, List<String> notes) throws IOException {
        DurableFiles.makePrivate(state.memory());
        if (type == SnapshotType.FULL) {
            return complete(state);
        }
        if (!state.complete()) {
            return captured(state, chain.links(parent.withMemory().orElseThrow()));
        }
        // Memory of another size cannot be a base: the sandbox was made anew under the same name.
        Optional<SnapshotManifest> base =
                parent.withMemory().filter(m -> m.memory().orElseThrow().bytes() == state.memoryBytes());
        if (base.isEmpty()) {
            return complete(state);
        }
        try {
            return compared(state, chain.links(base.get()));
        } catch (SmolVmException e) {
            unlessDamaged(e);
            // All of the memory is here: what it cannot be compared with is no reason to lose it.
            Files.deleteIfExists(changes(state));
            notes.add("the memory of the parent " + base.get().id() + " is damaged: all memory in use is stored");
            return complete(state);
        }
    }

    private static void unlessDamaged(SmolVmException e) {
        if (e.kind() != ErrorKind.INTEGRITY && e.kind() != ErrorKind.INCOMPATIBLE) {
            throw e;
        }
    }

    private static MemoryRecord complete(CapturedState state) throws IOException {
        return new MemoryRecord.Complete(
                SavedFile.of(state.memory()), state.memoryBytes(), state.memoryOffset(), state.form());
    }

    /** All of the memory was saved: what differs from that of a snapshot in the chain, or all where that is not worth it. */
    private MemoryRecord compared(CapturedState state, List<SnapshotManifest> links) throws IOException {
        long all = SparseFile.allocated(state.memory());
        SnapshotManifest base = links.get(MemoryFolding.keep(sizes(links), all) - 1);
        Path changes = changes(state);
        IndexChecksum index;
        try (MemoryImage before = chain.open(base);
                MemoryImage now = MemoryImage.zeros(state.memoryBytes())) {
            now.addComplete(state.memory(), state.memoryOffset());
            List<DiffMemory.Run> runs = now.differencesFrom(before);
            if (MemoryFolding.worthless(DiffMemory.fileBytes(runs), all)
                    || before.map().segmentsWith(runs) > MemoryFolding.MAX_MAPPINGS) {
                return complete(state);
            }
            index = DiffMemory.write(changes, state.memoryBytes(), runs, now::read);
        }
        return changes(state, changes, base.id(), index);
    }

    /** Only what changed since the parent was saved: that, and what the chain has above the link that it is laid on. */
    private MemoryRecord captured(CapturedState state, List<SnapshotManifest> links) throws IOException {
        int keep = MemoryFolding.keep(sizes(links), state.memoryBytes());
        for (SnapshotManifest folded : links.subList(keep, links.size())) {
            requireIntact(folded);
        }
        Path changes = changes(state);
        IndexChecksum index;
        try (SparseMemory changed = SparseMemory.open(state);
                MemoryImage image = chain.openUnread(links.getLast())) {
            image.addCaptured(state.memory(), state.memoryOffset(), changed.runs());
            index = DiffMemory.write(changes, state.memoryBytes(), image.map().runsFrom(keep), image::read);
        }
        return changes(state, changes, links.get(keep - 1).id(), index);
    }

    /** Its pages get a new checksum, which would say of damaged ones that they are sound. */
    private void requireIntact(SnapshotManifest folded) throws IOException {
        Path file = chain.file(folded);
        if (!folded.memory().orElseThrow().file().matches(file)) {
            throw new SmolVmException(
                    ErrorKind.INTEGRITY,
                    "snapshot " + folded.id() + " is damaged: its memory " + file
                            + " does not match its checksum, so no diff can be laid on it",
                    "take a full one: smolvm sandbox snapshot create --snapshot-type full "
                            + folded.sandbox().name());
        }
    }

    private static List<Long> sizes(List<SnapshotManifest> links) {
        return links.stream()
                .map(m -> m.memory().orElseThrow().file().allocated())
                .toList();
    }

    private static Path changes(CapturedState state) {
        return state.memory().resolveSibling("memory.diff");
    }

    private static MemoryRecord changes(CapturedState state, Path changes, SnapshotId base, IndexChecksum index)
            throws IOException {
        Files.delete(state.memory());
        return new MemoryRecord.Changes(
                SavedFile.of(changes), state.memoryBytes(), Optional.of(base), Optional.of(index));
    }
}
