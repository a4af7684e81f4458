package dev.smolvm.snapshot;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.Store;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * What is told of all snapshots of a store: from an index, as far as that is still true. Only for showing:
 * whoever decides something reads the manifests.
 */
final class Summaries {
    /** So many snapshots that are gone stay in the index before it is written anew: they cost less than that. */
    private static final int GONE = 16;

    private final Store store;
    private final SnapshotRecords records;

    Summaries(Store store, SnapshotRecords records) {
        this.store = store;
        this.records = records;
    }

    /**
     * @param stamp from before it was read; empty where there is nothing to be stamped
     * @param kept whether it comes from the index
     * @param failure null, or why there is no summary
     */
    private record Attempt(
            SnapshotId id,
            Optional<SnapshotSummary> summary,
            Optional<SummaryStamp> stamp,
            boolean kept,
            SmolVmException failure) {}

    /**
     * Oldest first.
     *
     * @param unreadable told of each snapshot that is damaged or made by another version, and why
     */
    List<SnapshotSummary> all(BiConsumer<SnapshotId, SmolVmException> unreadable) {
        long now = System.currentTimeMillis();
        SummaryIndex index = records.lineage() ? SummaryIndex.read(file()) : SummaryIndex.EMPTY;
        List<Attempt> attempts =
                records.names().parallelStream().map(id -> attempt(id, index)).toList();
        List<SnapshotSummary> all = new ArrayList<>();
        for (Attempt attempt : attempts) {
            attempt.summary.ifPresent(all::add);
            // One that was deleted just now is no damage.
            if (attempt.failure != null && attempt.failure.kind() != ErrorKind.NOT_FOUND) {
                unreadable.accept(attempt.id, attempt.failure);
            }
        }
        all.sort(SnapshotSummary::byAge);
        if (records.lineage()) {
            keep(attempts, index, now);
        }
        return all;
    }

    private Path file() {
        return store.layout().snapshotIndex();
    }

    private Attempt attempt(SnapshotId id, SummaryIndex index) {
        Path directory = records.directory(id);
        Optional<SummaryIndex.Entry> kept = index.find(id, directory);
        if (kept.isPresent()) {
            return new Attempt(
                    id,
                    Optional.of(kept.get().summary()),
                    Optional.of(kept.get().stamp()),
                    true,
                    null);
        }
        Optional<SummaryStamp> stamp = SummaryStamp.of(directory);
        if (stamp.isEmpty() && !records.isDirectory(id)) {
            return new Attempt(id, Optional.empty(), stamp, false, SnapshotRecords.notFound(id));
        }
        try {
            SnapshotSummary summary = SnapshotSummary.of(records.load(id), records);
            return new Attempt(id, Optional.of(summary), stamp, false, null);
        } catch (SmolVmException e) {
            return new Attempt(id, Optional.empty(), stamp, false, e);
        }
    }

    /** @param now from before the first of them was looked at, in milliseconds */
    private void keep(List<Attempt> attempts, SummaryIndex index, long now) {
        List<SummaryIndex.Entry> entries = new ArrayList<>();
        int fresh = 0;
        for (Attempt attempt : attempts) {
            if (attempt.summary.filter(SnapshotSummary::whole).isPresent()
                    && attempt.stamp.isPresent()
                    && (attempt.kept || attempt.stamp.get().settled(now))) {
                entries.add(new SummaryIndex.Entry(attempt.stamp.get(), attempt.summary.get()));
                fresh += attempt.kept ? 0 : 1;
            }
        }
        int gone = index.size() - (entries.size() - fresh);
        if (fresh == 0 && gone < GONE) {
            return;
        }
        byte[] bytes = SummaryIndex.toBytes(entries);
        if (bytes.length > SummaryIndex.MAX_BYTES) {
            return;
        }
        try {
            store.replaceCache(file(), bytes);
        } catch (IOException | SmolVmException e) {
            // A list that cannot be kept is a list all the same.
        }
    }
}
