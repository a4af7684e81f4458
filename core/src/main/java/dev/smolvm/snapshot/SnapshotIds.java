package dev.smolvm.snapshot;

import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;

/** Makes ids for snapshots that were given none. */
public final class SnapshotIds {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

    private SnapshotIds() {}

    /** {@code snap-<sandbox>-<UTC time>}, with a number behind it for further ones in the same second. */
    static SnapshotId free(SandboxName sandbox, SnapshotRecords snapshots) {
        return free("snap", sandbox, snapshots);
    }

    /** The same with another beginning. */
    public static SnapshotId free(String prefix, SandboxName sandbox, SnapshotRecords snapshots) {
        String base =
                prefix + "-" + sandbox + "-" + ZonedDateTime.now(ZoneOffset.UTC).format(TIME);
        SnapshotId id = new SnapshotId(base);
        for (int i = 2; snapshots.exists(id); i++) {
            id = new SnapshotId(base + "-" + i);
        }
        return id;
    }
}
