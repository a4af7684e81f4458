package dev.smolvm.snapshot;

import dev.smolvm.Progress;
import dev.smolvm.guest.GuestVariables;
import dev.smolvm.os.Uninterrupted;
import dev.smolvm.sandbox.Liveness;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.sandbox.SandboxDescription;
import dev.smolvm.sandbox.SandboxInfo;
import dev.smolvm.sandbox.SandboxRecord;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.StoreLocks;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A snapshot that is opened once for any number of forks, on any number of threads: it is read and checked once, and cannot be
 * removed before this is closed.
 */
public final class ForkSource implements AutoCloseable {
    private final SnapshotManifest manifest;
    private final SnapshotRestore restore;
    private final SandboxDescription description;
    private final StoreLocks.Held held;

    private ForkSource(
            SnapshotManifest manifest, SnapshotRestore restore, SandboxDescription description, StoreLocks.Held held) {
        this.manifest = manifest;
        this.restore = restore;
        this.description = description;
        this.held = held;
    }

    static ForkSource open(SandboxContext context, SnapshotRecords records, SnapshotId id) {
        StoreLocks.Held held = context.store().locks().snapshotShared(id);
        try {
            SnapshotManifest manifest = records.load(id);
            SnapshotRestore restore = new SnapshotRestore(context, records);
            restore.check(new RestoreRequest(id, true, true, Optional.empty()), manifest);
            return new ForkSource(
                    manifest, restore, new SandboxDescription(context.store().layout(), new Liveness(context)), held);
        } catch (RuntimeException e) {
            held.close();
            throw e;
        }
    }

    /**
     * Starts a new sandbox. It runs, and its guest has an identity of its own and these variables, when this returns; on
     * failure nothing is left of it.
     */
    public SandboxInfo fork(SandboxName name, GuestVariables variables) {
        return fork(name, variables, OptionalLong.empty());
    }

    /** @param rootBytes see {@link RestoreRequest#rootBytes()} */
    public SandboxInfo fork(SandboxName name, GuestVariables variables, OptionalLong rootBytes) {
        RestoreRequest request = RestoreRequest.fork(manifest.id(), name, variables)
                .withRootBytes(rootBytes.stream()
                        .filter(bytes -> bytes > manifest.disks().getFirst().bytes())
                        .findFirst());
        SandboxRecord record = restore.restore(request, manifest, Progress.NONE);
        return Uninterrupted.get(() -> description.of(record, SandboxStatus.RUNNING));
    }

    @Override
    public void close() {
        held.close();
    }
}
