package dev.smolvm.history;

import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a prune would do, for tests in other packages. */
public final class SampleRetention {
    private SampleRetention() {}

    public static PruneReport apply(
            RetentionRules rules,
            List<SnapshotInfo> all,
            SandboxName sandbox,
            String sandboxId,
            Optional<SnapshotId> position) {
        Map<SnapshotId, List<SandboxName>> positions =
                position.stream().collect(Collectors.toMap(p -> p, _ -> List.of(sandbox)));
        return new PruneReport(new Retention(rules, all, new Ties(positions, Map.of()), java.time.Instant.now())
                .decide(s -> s.sandbox().equals(sandbox) && s.sandboxId().equals(sandboxId)));
    }
}
