package dev.smolvm.snapshot;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.Blob;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.vmm.Accelerator;
import dev.smolvm.vmm.MemoryForm;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is told of a snapshot, as far as its own directory says it: its manifest, the user's notes, the mark of a restore. See
 * {@link SnapshotInfo}, which knows about other snapshots too.
 *
 * @param ownFiles allocated for its device state and memory, in bytes
 * @param layers of all its disks
 * @param topLayer file name of the topmost layer of its first disk
 * @param stateFile name in the snapshot's directory; empty for a disk snapshot, as is {@code memoryFile}
 */
record SnapshotSummary(
        SnapshotId id,
        SandboxName sandbox,
        String sandboxId,
        String vmm,
        Accelerator accelerator,
        Optional<MemoryForm> memoryForm,
        SnapshotType type,
        Instant createdAt,
        long ownFiles,
        List<Layer> layers,
        String topLayer,
        Optional<SnapshotId> parent,
        boolean restored,
        Optional<SandboxName> restoredSandbox,
        Optional<String> stateFile,
        Optional<String> memoryFile,
        Optional<MemorySize> memorySize,
        List<String> notes,
        Optional<SnapshotId> memoryParent,
        SnapshotNotes written,
        Optional<String> notesDamage) {
    /**
     * @param id as in {@link Blob#id()}
     * @param size in bytes
     * @param ofImage used by whatever else comes from the same image
     */
    record Layer(String id, long size, boolean ofImage) {}

    static SnapshotSummary of(SnapshotManifest manifest, SnapshotRecords records) {
        Written written = Written.of(manifest.id(), records);
        return new SnapshotSummary(
                manifest.id(),
                manifest.sandbox().name(),
                manifest.sandbox().id(),
                manifest.sandbox().machine().vmm(),
                manifest.sandbox().machine().accelerator(),
                manifest.memory().flatMap(SnapshotSummary::form),
                manifest.type(),
                manifest.createdAt(),
                manifest.deviceState().map(SavedFile::allocated).orElse(0L)
                        + manifest.memory().map(m -> m.file().allocated()).orElse(0L),
                layers(manifest),
                manifest.disks().getFirst().layers().getLast().fileName(),
                manifest.parent(),
                records.isRestored(manifest.id()),
                restoredTo(manifest.id(), records),
                manifest.deviceState().map(SavedFile::name),
                manifest.memory().map(m -> m.file().name()),
                manifest.memory().map(MemorySize::of),
                manifest.notes(),
                manifest.memoryParent(),
                written.notes,
                written.damage);
    }

    /** Whether all could be read. What could not may be readable the next time, without any file having changed. */
    boolean whole() {
        return notesDamage.isEmpty() && restored == restoredSandbox.isPresent();
    }

    /** Oldest first. */
    static int byAge(SnapshotSummary a, SnapshotSummary b) {
        int byTime = a.createdAt.compareTo(b.createdAt);
        return byTime != 0 ? byTime : a.id.compareTo(b.id);
    }

    /** The lowest layer is the image's, but for a copy of a user's drive. */
    static List<Layer> layers(SnapshotManifest manifest) {
        List<Layer> layers = new ArrayList<>();
        for (SavedDisk disk : manifest.disks()) {
            for (int i = 0; i < disk.layers().size(); i++) {
                Blob layer = disk.layers().get(i);
                boolean ofImage = i == 0 && !(disk.origin() instanceof DiskOrigin.Drive);
                layers.add(new Layer(layer.id().value(), layer.size(), ofImage));
            }
        }
        return List.copyOf(layers);
    }

    private static Optional<MemoryForm> form(MemoryRecord memory) {
        return memory instanceof MemoryRecord.Complete complete ? Optional.of(complete.form()) : Optional.empty();
    }

    private record Written(SnapshotNotes notes, Optional<String> damage) {
        /** Damage to it hides neither this snapshot nor the others. */
        static Written of(SnapshotId id, SnapshotRecords records) {
            try {
                return new Written(records.notes(id).read(), Optional.empty());
            } catch (SmolVmException e) {
                return new Written(SnapshotNotes.NONE, Optional.of(e.getMessage()));
            }
        }
    }

    /** Empty too where the mark is damaged: that hides neither this snapshot nor the others. */
    private static Optional<SandboxName> restoredTo(SnapshotId id, SnapshotRecords records) {
        try {
            return records.restoredTo(id);
        } catch (SmolVmException e) {
            return Optional.empty();
        }
    }
}
