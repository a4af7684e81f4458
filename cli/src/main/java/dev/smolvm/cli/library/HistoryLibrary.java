package dev.smolvm.cli.library;

import dev.smolvm.Progress;
import dev.smolvm.history.Lineage;
import dev.smolvm.history.PruneReport;
import dev.smolvm.history.RetentionRules;
import dev.smolvm.store.SandboxName;
import java.util.Optional;

/** As {@link dev.smolvm.history.History}. */
public interface HistoryLibrary {
    Lineage lineage(Optional<SandboxName> sandbox);

    PruneReport prune(Optional<SandboxName> sandbox, RetentionRules rules, boolean dryRun, Progress progress);
}
