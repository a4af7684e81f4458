package dev.smolvm.history;

import java.util.List;

/**
 * What a prune did, or would do.
 *
 * @param decisions of each snapshot that it looked at; by sandbox, oldest first
 */
public record PruneReport(List<PruneDecision> decisions) {
    public PruneReport {
        decisions = List.copyOf(decisions);
    }

    public List<PruneDecision> removed() {
        return decisions.stream().filter(PruneDecision::removed).toList();
    }

    public List<PruneDecision> failed() {
        return decisions.stream().filter(d -> d.failure().isPresent()).toList();
    }

    /** At least: what the removed ones shared with each other is freed too. */
    public long freedBytes() {
        return removed().stream().mapToLong(d -> d.snapshot().ownBytes()).sum();
    }
}
