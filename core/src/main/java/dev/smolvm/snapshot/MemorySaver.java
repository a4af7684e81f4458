package dev.smolvm.snapshot;

import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.vmm.CapturedState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Turns captured memory into a snapshot's memory file: as it is, or only what changed. */
final class MemorySaver {
    private final MemoryChain chain;

    MemorySaver(SnapshotRecords snapshots, StoreLayout layout) {
        this.chain = new MemoryChain(snapshots, layout);
    }

    MemoryRecord save(CapturedState state, SnapshotType type, Parent parent) throws IOException {
        DurableFiles.makePrivate(state.memory());
        if (type == SnapshotType.FULL) {
            return new MemoryRecord.Complete(
                    SavedFile.of(state.memory()), state.memoryBytes(), state.memoryOffset(), state.form());
        }
        Path changes = state.memory().resolveSibling("memory.diff");
        if (!state.complete()) {
            try (SparseMemory changed = SparseMemory.open(state)) {
                DiffMemory.write(changes, state.memoryBytes(), changed.runs(), changed::read);
            }
            Files.delete(state.memory());
            return new MemoryRecord.Changes(
                    SavedFile.of(changes),
                    state.memoryBytes(),
                    Optional.of(parent.id().orElseThrow()));
        }
        // Memory of another size cannot be a base: the sandbox was made anew under the same name.
        Optional<SnapshotManifest> base =
                parent.withMemory().filter(m -> m.memory().orElseThrow().bytes() == state.memoryBytes());
        try (MemoryImage before = base.isPresent() ? chain.open(base.get()) : MemoryImage.zeros(state.memoryBytes());
                MemoryImage now = MemoryImage.zeros(state.memoryBytes())) {
            now.addComplete(state.memory(), state.memoryOffset());
            List<DiffMemory.Run> runs = now.differencesFrom(before);
            DiffMemory.write(changes, state.memoryBytes(), runs, now::read);
        }
        Files.delete(state.memory());
        return new MemoryRecord.Changes(SavedFile.of(changes), state.memoryBytes(), base.map(SnapshotManifest::id));
    }
}
