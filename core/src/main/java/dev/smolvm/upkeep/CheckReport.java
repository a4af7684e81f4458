package dev.smolvm.upkeep;

import dev.smolvm.error.ErrorKind;
import java.util.List;
import java.util.Optional;

/**
 * What a check of a store found.
 *
 * @param findings in the order of the store's parts
 * @param files how many files manifests name
 * @param bytes their sizes
 */
public record CheckReport(List<Finding> findings, int files, long bytes) {
    public CheckReport {
        findings = List.copyOf(findings);
    }

    /**
     * What is left to be done: integrity where something is damaged or missing, conflict where something is only left over,
     * unknown or busy; empty where all is as it should be, perhaps because it was repaired.
     */
    public Optional<ErrorKind> verdict() {
        if (findings.stream().anyMatch(f -> !f.repaired() && f.kind().damage())) {
            return Optional.of(ErrorKind.INTEGRITY);
        }
        return findings.stream().allMatch(Finding::repaired) ? Optional.empty() : Optional.of(ErrorKind.CONFLICT);
    }
}
