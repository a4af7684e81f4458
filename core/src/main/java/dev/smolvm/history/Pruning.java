package dev.smolvm.history;

import dev.smolvm.Progress;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.Snapshots;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * One prune: decided without any lock, so each snapshot is decided again before it is removed.
 *
 * @param scope what counts and can go
 * @param all every snapshot of the store
 */
record Pruning(RetentionRules rules, Predicate<SnapshotInfo> scope, List<SnapshotInfo> all, Ties ties, Instant now) {
    boolean concerns(SandboxName sandbox) {
        return all.stream().anyMatch(s -> s.sandbox().equals(sandbox));
    }

    List<PruneDecision> decisions() {
        return new Retention(rules, all, ties, now).decide(scope);
    }

    /** What became of each. */
    List<PruneDecision> remove(
            Snapshots snapshots, Supplier<Map<SnapshotId, List<SandboxName>>> positions, Progress progress) {
        List<PruneDecision> decisions = decisions();
        Map<SnapshotId, SmolVmException> failures = new HashMap<>();
        Map<SnapshotId, PruneDecision> changed = new HashMap<>();
        for (SnapshotInfo snapshot : Retention.removalOrder(decisions)) {
            progress.step("remove " + snapshot.id());
            try {
                snapshots.deleteIf(snapshot.id(), current -> {
                    PruneDecision again = again(current, positions.get());
                    changed.put(snapshot.id(), again);
                    return again.remove();
                });
            } catch (SmolVmException e) {
                switch (e.kind()) {
                    case INTERRUPTED -> throw e;
                    // Somebody else was faster.
                    case NOT_FOUND -> {}
                    default -> failures.put(snapshot.id(), e);
                }
            }
        }
        return decisions.stream()
                .map(d -> changed.getOrDefault(d.snapshot().id(), d))
                .map(d -> Optional.ofNullable(failures.get(d.snapshot().id()))
                        .map(d::failed)
                        .orElse(d))
                .toList();
    }

    /** With what is written to it by now, and where the sandboxes are by now. What needs it is looked at by the removal. */
    private PruneDecision again(SnapshotInfo current, Map<SnapshotId, List<SandboxName>> positions) {
        List<SnapshotInfo> known =
                all.stream().map(s -> s.id().equals(current.id()) ? current : s).toList();
        return new Retention(rules, known, new Ties(positions, ties.unreadable()), now)
                .decide(scope).stream()
                        .filter(d -> d.snapshot().id().equals(current.id()))
                        .findFirst()
                        .orElseGet(() -> PruneDecision.keep(current, List.of("it is another one by now")));
    }
}
