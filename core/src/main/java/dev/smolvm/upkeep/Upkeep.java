package dev.smolvm.upkeep;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.snapshot.SnapshotRecords;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Looks after a store: is everything there, what takes the room, and can it take less. */
public final class Upkeep {
    private static final String SANDBOX = "sandbox:";
    private static final String SNAPSHOT = "snapshot:";

    private final SandboxContext context;

    public Upkeep(SandboxContext context) {
        this.context = context;
    }

    /** Finds what is damaged, missing, left over or unknown. */
    public CheckReport check(CheckRequest request, Progress progress) {
        try {
            return StoreCheck.run(context, request, progress);
        } catch (IOException e) {
            throw SmolVmException.of(
                    "check the store " + context.store().layout().root(), e);
        }
    }

    /** What uses how much. */
    public StoreUsage usage() {
        try {
            return UsageCount.of(context.store());
        } catch (IOException e) {
            throw SmolVmException.of(
                    "measure the store " + context.store().layout().root(), e);
        }
    }

    /**
     * What to compact.
     *
     * @param references names or ids of sandboxes and snapshots, or the starts of ids, perhaps behind {@code sandbox:} or
     *     {@code snapshot:}; none: all of the store
     * @throws SmolVmException not found; conflict: one could be several
     */
    public CompactRequest chainsOf(List<String> references, int longerThan) {
        SnapshotRecords records = new SnapshotRecords(context.store());
        List<SandboxName> sandboxes = new ArrayList<>();
        List<SnapshotId> snapshots = new ArrayList<>();
        for (String reference : references) {
            Optional<SandboxName> sandbox = reference.startsWith(SNAPSHOT)
                    ? Optional.empty()
                    : found(() -> context.records().resolve(withoutPrefix(reference, SANDBOX)));
            Optional<SnapshotId> snapshot = reference.startsWith(SANDBOX)
                    ? Optional.empty()
                    : found(() -> records.resolve(withoutPrefix(reference, SNAPSHOT)));
            if (sandbox.isPresent() && snapshot.isPresent()) {
                throw new SmolVmException(
                        ErrorKind.CONFLICT,
                        reference + " is a sandbox and a snapshot",
                        "write " + SANDBOX + sandbox.get() + " or " + SNAPSHOT + snapshot.get());
            }
            if (sandbox.isEmpty() && snapshot.isEmpty()) {
                throw new SmolVmException(
                        ErrorKind.NOT_FOUND,
                        "there is neither a sandbox nor a snapshot " + reference,
                        "smolvm sandbox list and smolvm sandbox snapshot list show all");
            }
            sandbox.ifPresent(sandboxes::add);
            snapshot.ifPresent(snapshots::add);
        }
        return new CompactRequest(sandboxes, snapshots, longerThan);
    }

    private static String withoutPrefix(String reference, String prefix) {
        return reference.startsWith(prefix) ? reference.substring(prefix.length()) : reference;
    }

    private static <T> Optional<T> found(Supplier<T> resolve) {
        try {
            return Optional.of(resolve.get());
        } catch (SmolVmException e) {
            // Usage: an id of a snapshot may be longer than any sandbox's name.
            if (e.kind() == ErrorKind.NOT_FOUND || e.kind() == ErrorKind.USAGE) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /**
     * Merges layers that only ever occur together.
     *
     * @throws SmolVmException not found; integrity: a manifest cannot be read, so nobody knows which layers belong together
     */
    public CompactReport compact(CompactRequest request, Progress progress) {
        try {
            return new Compaction(context).run(request, progress);
        } catch (IOException e) {
            throw SmolVmException.of(
                    "compact the store " + context.store().layout().root(), e);
        }
    }
}
