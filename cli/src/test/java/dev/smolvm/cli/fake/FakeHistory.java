package dev.smolvm.cli.fake;

import dev.smolvm.Progress;
import dev.smolvm.cli.library.HistoryLibrary;
import dev.smolvm.history.Lineage;
import dev.smolvm.history.LineageNode;
import dev.smolvm.history.PruneDecision;
import dev.smolvm.history.PruneReport;
import dev.smolvm.history.RetentionRules;
import dev.smolvm.store.SandboxName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A history that a test has written. */
public final class FakeHistory implements HistoryLibrary {
    public final List<LineageNode> nodes = new ArrayList<>();
    public final List<PruneDecision> decisions = new ArrayList<>();
    public final List<RetentionRules> rules = new ArrayList<>();
    public Optional<SandboxName> asked = Optional.empty();
    public boolean dryRun;

    @Override
    public Lineage lineage(Optional<SandboxName> sandbox) {
        asked = sandbox;
        return new Lineage(nodes);
    }

    @Override
    public PruneReport prune(Optional<SandboxName> sandbox, RetentionRules given, boolean dry, Progress progress) {
        asked = sandbox;
        rules.add(given);
        dryRun = dry;
        return new PruneReport(decisions);
    }
}
