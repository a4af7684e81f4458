package dev.smolvm.snapshot;

import dev.smolvm.Progress;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.Uninterrupted;
import dev.smolvm.sandbox.Liveness;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.sandbox.SandboxDescription;
import dev.smolvm.sandbox.SandboxRecord;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.StoreLocks;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** All snapshots of a store. */
public final class Snapshots {
    private final SandboxContext context;
    private final SnapshotRecords records;

    public Snapshots(SandboxContext context) {
        this(context, new SnapshotRecords(context.store()));
    }

    private Snapshots(SandboxContext context, SnapshotRecords records) {
        this.context = context;
        this.records = records;
    }

    /** The templates of an image instead: snapshots that no user sees, and no sandbox has as its parent. */
    public static Snapshots templates(SandboxContext context, ImageName image) {
        return new Snapshots(context, SnapshotRecords.ofTemplates(context.store(), image));
    }

    public boolean exists(SnapshotId id) {
        return records.exists(id);
    }

    /**
     * Saves a running or paused sandbox. On failure there is no snapshot and the sandbox is as it was.
     *
     * @throws SmolVmException usage: the notes have a label of smolvm's own
     */
    public SnapshotInfo create(SnapshotRequest request, Progress progress) {
        request.notes().checkOwnLabels(SnapshotNotes.NONE);
        return save(request, progress);
    }

    /** The same for what smolvm saves by itself, and knows again by a label of its own. */
    public SnapshotInfo createMarked(SnapshotRequest request, Label mark, Progress progress) {
        return save(request.with(request.notes().with(mark)), progress);
    }

    private SnapshotInfo save(SnapshotRequest request, Progress progress) {
        SnapshotManifest created = new SnapshotCreation(context, records).create(request, progress);
        return Uninterrupted.get(() -> describe(created));
    }

    /** Puts the snapshot's sandbox back to it. On failure the sandbox is as it was. */
    public RestoredSandbox restore(RestoreRequest request, Progress progress) {
        // Held until all is told: another command may be waiting to delete it.
        try (StoreLocks.Held lock = context.store().locks().snapshotShared(request.snapshot())) {
            SandboxRecord restored = new SnapshotRestore(context, records).restore(request, progress);
            return Uninterrupted.get(() -> new RestoredSandbox(
                    info(request.snapshot()),
                    new SandboxDescription(context.store().layout(), new Liveness(context))
                            .of(restored, request.resume() ? SandboxStatus.RUNNING : SandboxStatus.PAUSED)));
        }
    }

    /** Opens a snapshot for any number of forks; it can be removed again once that is closed. */
    public ForkSource forkSource(SnapshotId id) {
        return ForkSource.open(context, records, id);
    }

    /**
     * Recomputes the checksums of everything that these snapshots consist of.
     *
     * @throws SmolVmException not found; conflict: one is being published or removed
     */
    public VerifyReport verify(List<SnapshotId> ids, Progress progress) {
        return new SnapshotVerifier(context.store(), records).verify(ids, progress);
    }

    /** All snapshots of the store. Those that are being published or removed are named in the report. */
    public VerifyReport verifyAll(Progress progress) {
        return new SnapshotVerifier(context.store(), records).verifyAll(progress);
    }

    /** Oldest first. */
    public List<SnapshotInfo> list(Optional<SandboxName> sandbox) {
        return list(sandbox, (_, _) -> {});
    }

    /** @param unreadable told of each snapshot, of whichever sandbox, that is damaged or made by another version, and why */
    public List<SnapshotInfo> list(Optional<SandboxName> sandbox, BiConsumer<SnapshotId, SmolVmException> unreadable) {
        return describe(
                records.readable(unreadable).parallelStream()
                        .map(m -> SnapshotSummary.of(m, records))
                        .toList(),
                sandbox);
    }

    /**
     * The same for showing: with many snapshots in a fraction of the time, from what the last one has read, as far as the files'
     * times and sizes say that it is still so. Whoever decides something takes {@link #list}.
     */
    public List<SnapshotInfo> overview(
            Optional<SandboxName> sandbox, BiConsumer<SnapshotId, SmolVmException> unreadable) {
        return describe(new Summaries(context.store(), records).all(unreadable), sandbox);
    }

    private List<SnapshotInfo> describe(List<SnapshotSummary> all, Optional<SandboxName> sandbox) {
        SnapshotDescription description = new SnapshotDescription(
                context.store().layout(),
                records,
                all.stream().map(SnapshotSummary::layers).toList());
        return all.parallelStream()
                .filter(s -> sandbox.isEmpty() || sandbox.get().equals(s.sandbox()))
                .map(description::of)
                .toList();
    }

    public SnapshotInfo info(SnapshotId id) {
        return describe(records.load(id));
    }

    private SnapshotInfo describe(SnapshotManifest manifest) {
        return new SnapshotDescription(context.store().layout(), records).of(manifest);
    }

    /**
     * Changes what is written to a snapshot.
     *
     * @throws SmolVmException not found; usage: a label of smolvm's own is changed; integrity: what is written there already is
     *     damaged
     */
    public SnapshotInfo annotate(SnapshotId id, UnaryOperator<SnapshotNotes> change) {
        try (StoreLocks.Held lock = context.store().locks().snapshotExclusive(id)) {
            SnapshotManifest manifest = records.load(id);
            NotesFile file = records.notes(id);
            SnapshotNotes before = file.read();
            SnapshotNotes after = change.apply(before);
            after.checkOwnLabels(before);
            file.replace(after);
            return describe(manifest);
        }
    }

    /** Finds a snapshot by id or unambiguous prefix of it. */
    public SnapshotId resolve(String reference) {
        return records.resolve(reference);
    }

    /**
     * Removes a snapshot and what nothing else needs; returns what it was, if its manifest could still be read.
     *
     * @throws SmolVmException has dependents: diff snapshots, named, need it, or may, as they are damaged
     */
    public Optional<SnapshotInfo> delete(SnapshotId id) {
        // Before its lock too: whoever makes one of this id holds that.
        checkThere(id);
        try (StoreLocks.Held lock = context.store().locks().snapshotExclusive(id)) {
            checkThere(id);
            return remove(id);
        } catch (IOException e) {
            throw SmolVmException.of("delete snapshot " + id, e);
        }
    }

    /**
     * Removes a snapshot if it is still to go; returns whether it was.
     *
     * @param unwanted asked while nobody can save, restore or annotate it any more
     * @throws SmolVmException as {@link #delete}; integrity: its manifest cannot be read
     */
    public boolean deleteIf(SnapshotId id, Predicate<SnapshotInfo> unwanted) {
        checkThere(id);
        try (StoreLocks.Held lock = context.store().locks().snapshotExclusive(id)) {
            checkThere(id);
            boolean goes = unwanted.test(info(id));
            if (goes) {
                remove(id);
            }
            return goes;
        } catch (IOException e) {
            throw SmolVmException.of("delete snapshot " + id, e);
        }
    }

    /** The caller holds its lock. */
    private Optional<SnapshotInfo> remove(SnapshotId id) throws IOException {
        List<SnapshotId> unreadable = new ArrayList<>();
        List<SnapshotManifest> all = records.readable((other, _) -> unreadable.add(other));
        new Dependents(records, all, unreadable).requireNone(id);
        SnapshotDescription description = new SnapshotDescription(
                context.store().layout(),
                records,
                all.stream().map(SnapshotSummary::layers).toList());
        // A damaged snapshot can be deleted too.
        Optional<SnapshotInfo> removed =
                all.stream().filter(m -> m.id().equals(id)).findFirst().map(description::of);
        context.store().remove(records.directory(id), context.collector()::collect);
        return removed;
    }

    private void checkThere(SnapshotId id) {
        if (!records.exists(id)) {
            throw SnapshotRecords.notFound(id);
        }
    }
}
