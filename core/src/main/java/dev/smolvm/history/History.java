package dev.smolvm.history;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.sandbox.Liveness;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.sandbox.SandboxRecord;
import dev.smolvm.snapshot.ManifestFile;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotRecords;
import dev.smolvm.snapshot.Snapshots;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/** What came from what, and what of it is to be kept. */
public final class History {
    private final SandboxContext context;
    private final Snapshots snapshots;

    public History(SandboxContext context) {
        this.context = context;
        this.snapshots = new Snapshots(context);
    }

    /**
     * Damaged snapshots and sandboxes are part of it, as are snapshots that are gone but have left children.
     *
     * @param sandbox only the trees in which this one occurs, there or deleted
     * @throws SmolVmException not found: it occurs in none
     */
    public Lineage lineage(Optional<SandboxName> sandbox) {
        Map<SnapshotId, String> unreadable = new TreeMap<>();
        List<SnapshotInfo> all = snapshots.overview(
                Optional.empty(), (id, e) -> unreadable.put(id, "its manifest: " + ManifestFile.problem(e)));
        Liveness liveness = new Liveness(context);
        List<SandboxPosition> positions = context.records().names().parallelStream()
                .filter(name -> name.template().isEmpty())
                .map(name -> position(name, liveness))
                .flatMap(Optional::stream)
                .toList();
        Lineage lineage = LineageBuilder.build(all, unreadable, positions);
        return sandbox.map(lineage::of).orElse(lineage);
    }

    private Optional<SandboxPosition> position(SandboxName name, Liveness liveness) {
        try {
            return context.records()
                    .find(name)
                    .map(r -> new SandboxPosition(name, Optional.of(liveness.status(r)), r.parent()));
        } catch (SmolVmException e) {
            if (e.kind() != ErrorKind.INTEGRITY) {
                throw e;
            }
            return Optional.of(new SandboxPosition(name, Optional.empty(), Optional.empty()));
        }
    }

    /**
     * Removes what the rules do not keep: never a snapshot whose memory one that stays needs, nor one that a sandbox has gone on
     * from. One that cannot be removed just now is reported, and the others still go.
     *
     * @param sandbox only snapshots of sandboxes of this name; empty: all. Either way each sandbox's by themselves: one that
     *     was deleted and its namesake are two
     * @param dryRun only tell
     * @throws SmolVmException not found: there is neither a sandbox of this name nor a snapshot of one
     */
    public PruneReport prune(Optional<SandboxName> sandbox, RetentionRules rules, boolean dryRun, Progress progress) {
        Pruning pruning = pruning(rules, s -> sandbox.map(s.sandbox()::equals).orElse(true), progress);
        sandbox.filter(name -> !pruning.concerns(name) && !context.records().exists(name))
                .ifPresent(name -> {
                    throw Lineage.unknown(name);
                });
        return new PruneReport(dryRun ? pruning.decisions() : pruning.remove(snapshots, this::positions, progress));
    }

    /**
     * The same for one sandbox alone, and for none that only had its name.
     *
     * @param sandboxId the sandbox's own
     */
    public PruneReport thin(SandboxName sandbox, String sandboxId, RetentionRules rules, Progress progress) {
        Pruning pruning = pruning(rules, s -> sandbox.equals(s.sandbox()) && sandboxId.equals(s.sandboxId()), progress);
        return new PruneReport(pruning.remove(snapshots, this::positions, progress));
    }

    private Pruning pruning(RetentionRules rules, Predicate<SnapshotInfo> scope, Progress progress) {
        List<SnapshotId> unreadable = new ArrayList<>();
        List<SnapshotInfo> all = snapshots.list(Optional.empty(), (id, e) -> {
            unreadable.add(id);
            progress.note(e.getMessage() + "; it is left alone");
        });
        return new Pruning(rules, scope, all, new Ties(positions(), namedBy(unreadable, all)), Instant.now());
    }

    private Map<SnapshotId, List<SnapshotId>> namedBy(List<SnapshotId> unreadable, List<SnapshotInfo> all) {
        SnapshotRecords records = new SnapshotRecords(context.store());
        List<SnapshotId> ids = all.stream().map(SnapshotInfo::id).toList();
        Map<SnapshotId, List<SnapshotId>> named = new TreeMap<>();
        for (SnapshotId other : unreadable) {
            records.namedBy(other, ids).forEach(id -> named.computeIfAbsent(id, _ -> new ArrayList<>())
                    .add(other));
        }
        return named;
    }

    /** A sandbox whose record is damaged is nowhere, as far as anybody can tell. */
    private Map<SnapshotId, List<SandboxName>> positions() {
        Map<SnapshotId, List<SandboxName>> positions = new HashMap<>();
        for (SandboxName name : context.records().names()) {
            parent(name)
                    .ifPresent(p ->
                            positions.computeIfAbsent(p, _ -> new ArrayList<>()).add(name));
        }
        return positions;
    }

    private Optional<SnapshotId> parent(SandboxName name) {
        try {
            return context.records().find(name).flatMap(SandboxRecord::parent);
        } catch (SmolVmException e) {
            if (e.kind() != ErrorKind.INTEGRITY) {
                throw e;
            }
            return Optional.empty();
        }
    }
}
