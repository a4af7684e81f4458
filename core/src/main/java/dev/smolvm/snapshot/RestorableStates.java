package dev.smolvm.snapshot;

import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.sandbox.SandboxRecord;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.vmm.SavedState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Makes what a VMM starts from out of a snapshot's files: as they lie wherever it can map them so. */
final class RestorableStates {
    private final SandboxContext context;
    private final StoreLayout layout;
    private final SnapshotRecords snapshots;
    private final MemoryChain memories;

    RestorableStates(SandboxContext context, SnapshotRecords snapshots, MemoryChain memories) {
        this.context = context;
        this.snapshots = snapshots;
        this.layout = context.store().layout();
        this.memories = memories;
    }

    /**
     * @param planned the sandbox that is to be restored
     * @throws dev.smolvm.error.SmolVmException integrity: a file of the chain is missing or damaged
     */
    SavedState of(SnapshotManifest manifest, SandboxRecord planned) throws IOException {
        Path deviceState = snapshots
                .directory(manifest.id())
                .resolve(manifest.deviceState().orElseThrow().name());
        Optional<SavedState> mapped = memories.mapped(manifest, deviceState)
                .filter(s -> s.overlay().isEmpty()
                        || context.vmms()
                                        .of(manifest.sandbox().machine())
                                        .capabilities()
                                        .mapsOverlays()
                                && s.overlay().mappings() <= MappingLimit.ofThisHost());
        return mapped.isPresent() ? mapped.get() : inOneFile(manifest, deviceState, planned);
    }

    private SavedState inOneFile(SnapshotManifest manifest, Path deviceState, SandboxRecord planned)
            throws IOException {
        Path scratch = layout.capture(planned.name());
        DurableFiles.deleteTree(scratch);
        DurableFiles.createDirectory(scratch);
        Path memory = scratch.resolve("memory");
        try (MemoryImage image = memories.open(manifest)) {
            image.writeComplete(memory);
        }
        return new SavedState(deviceState, memory, 0);
    }

    /** To be called once a VMM has started: a file that was put together for it lives on in its mapping. */
    void started(SavedState state, SandboxRecord planned) throws IOException {
        Path scratch = layout.capture(planned.name());
        if (state.memory().startsWith(scratch)) {
            DurableFiles.deleteTree(scratch);
        }
    }
}
