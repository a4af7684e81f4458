package dev.smolvm.snapshot;

import dev.smolvm.Progress;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.Store;
import dev.smolvm.store.StoreLocks;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Verifies snapshots while it keeps others from removing them. */
final class SnapshotVerifier {
    private final Store store;
    private final SnapshotRecords records;

    SnapshotVerifier(Store store, SnapshotRecords records) {
        this.store = store;
        this.records = records;
    }

    VerifyReport verify(List<SnapshotId> ids, Progress progress) {
        List<StoreLocks.Held> locks = new ArrayList<>();
        try {
            Verification verification = new Verification(store.layout(), records);
            for (SnapshotId id : ids) {
                locks.add(store.locks().snapshotShared(id));
                if (!records.exists(id)) {
                    throw SnapshotRecords.notFound(id);
                }
                verification.add(id);
            }
            return verification.run(progress);
        } finally {
            locks.forEach(StoreLocks.Held::close);
        }
    }

    VerifyReport verifyAll(Progress progress) {
        List<StoreLocks.Held> locks = new ArrayList<>();
        List<SnapshotId> busy = new ArrayList<>();
        try {
            Verification verification = new Verification(store.layout(), records);
            for (SnapshotId id : records.ids().stream().sorted().toList()) {
                Optional<StoreLocks.Held> lock = store.locks().trySnapshotShared(id);
                lock.ifPresent(locks::add);
                if (lock.isEmpty()) {
                    busy.add(id);
                } else if (records.exists(id)) {
                    verification.add(id);
                }
            }
            VerifyReport report = verification.run(progress);
            return new VerifyReport(
                    report.intact(),
                    report.damaged(),
                    report.removable(),
                    busy,
                    report.damagedFiles(),
                    report.files(),
                    report.bytes());
        } finally {
            locks.forEach(StoreLocks.Held::close);
        }
    }
}
