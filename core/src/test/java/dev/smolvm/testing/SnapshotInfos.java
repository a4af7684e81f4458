package dev.smolvm.testing;

import dev.smolvm.snapshot.Label;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotNotes;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.vmm.Accelerator;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Makes what there is to tell about snapshots that need not exist. */
public record SnapshotInfos(
        String id,
        String sandbox,
        String sandboxId,
        SnapshotType type,
        Instant at,
        Optional<String> parent,
        SnapshotNotes notes) {
    public static final Instant START = Instant.parse("2026-01-02T03:04:05Z");
    /** Unless another one is given; that of {@link SandboxInfos} too. */
    public static final String SANDBOX_ID = "0123456789ab";

    public static SnapshotInfos full(String id, String sandbox) {
        return new SnapshotInfos(
                id, sandbox, SANDBOX_ID, SnapshotType.FULL, START, Optional.empty(), SnapshotNotes.NONE);
    }

    public static SnapshotInfos diff(String id, String sandbox, String parent) {
        return new SnapshotInfos(
                id, sandbox, SANDBOX_ID, SnapshotType.DIFF, START, Optional.of(parent), SnapshotNotes.NONE);
    }

    /** Of another sandbox of the same name. */
    public SnapshotInfos of(String otherSandboxId) {
        return new SnapshotInfos(id, sandbox, otherSandboxId, type, at, parent, notes);
    }

    /** That long after the start. */
    public SnapshotInfos at(Duration later) {
        return new SnapshotInfos(id, sandbox, sandboxId, type, START.plus(later), parent, notes);
    }

    public SnapshotInfos minute(int minute) {
        return at(Duration.ofMinutes(minute));
    }

    public SnapshotInfos from(String newParent) {
        return new SnapshotInfos(id, sandbox, sandboxId, type, at, Optional.of(newParent), notes);
    }

    public SnapshotInfos with(String key, String value) {
        return new SnapshotInfos(id, sandbox, sandboxId, type, at, parent, notes.with(new Label(key, value)));
    }

    public SnapshotInfos expiring(Duration later) {
        return new SnapshotInfos(
                id, sandbox, sandboxId, type, at, parent, notes.expiring(Optional.of(START.plus(later))));
    }

    /** A diff needs its parent's memory. */
    public SnapshotInfo info() {
        Optional<SnapshotId> from = parent.map(SnapshotId::new);
        return new SnapshotInfo(
                new SnapshotId(id),
                new SandboxName(sandbox),
                sandboxId,
                "qemu",
                "qemu 10.0.2",
                Accelerator.TCG,
                Optional.empty(),
                type,
                at,
                1 << 20,
                2 << 20,
                from,
                false,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Path.of("/store/layer.qcow2"),
                Optional.empty(),
                List.of(),
                type == SnapshotType.DIFF ? from : Optional.empty(),
                notes,
                Optional.empty());
    }
}
