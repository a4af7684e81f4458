package dev.smolvm.snapshot;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.sandbox.SandboxRecord;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.StoreLocks;
import java.util.List;
import java.util.Optional;

/**
 * The snapshot that a new one comes from, kept from being deleted meanwhile.
 *
 * @param manifest empty where there is none, or none any more, or none that can be read
 * @param unreadable the one that cannot be read: a running sandbox is not lost with what it once came from
 */
record Parent(Optional<SnapshotManifest> manifest, Optional<SnapshotId> unreadable, Optional<StoreLocks.Held> lock)
        implements AutoCloseable {
    static final Parent NONE = new Parent(Optional.empty(), Optional.empty(), Optional.empty());

    static Parent of(SandboxRecord record, SnapshotRecords snapshots, SandboxContext context) {
        Optional<SnapshotId> id = record.parent().filter(snapshots::exists);
        if (id.isEmpty()) {
            return NONE;
        }
        StoreLocks.Held lock = context.store().locks().snapshotShared(id.get());
        try {
            return new Parent(Optional.of(snapshots.load(id.get())), Optional.empty(), Optional.of(lock));
        } catch (SmolVmException e) {
            lock.close();
            return switch (e.kind()) {
                case NOT_FOUND -> NONE;
                case INTEGRITY, INCOMPATIBLE -> new Parent(Optional.empty(), id, Optional.empty());
                default -> throw e;
            };
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    Optional<SnapshotId> id() {
        return manifest.map(SnapshotManifest::id);
    }

    /** The parent, if it has memory that changes can be told against. */
    Optional<SnapshotManifest> withMemory() {
        return manifest.filter(m -> m.memory().isPresent());
    }

    /** What the user should know of a snapshot of this type with this parent. */
    List<String> notes(SnapshotType type) {
        if (unreadable.isPresent()) {
            return List.of("the parent " + unreadable.get() + " cannot be read: stored without it"
                    + (type == SnapshotType.DIFF ? ", with all memory in use" : ""));
        }
        if (type != SnapshotType.DIFF || withMemory().isPresent()) {
            return List.of();
        }
        return List.of(
                manifest.isPresent()
                        ? "the parent " + manifest.get().id() + " has no memory: all memory in use is stored"
                        : "there is no parent snapshot: stored relative to the image, with all memory in use");
    }

    @Override
    public void close() {
        lock.ifPresent(StoreLocks.Held::close);
    }
}
