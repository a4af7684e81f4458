package dev.smolvm.cli.fake;

import dev.smolvm.Progress;
import dev.smolvm.cli.library.SnapshotLibrary;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.snapshot.DamagedFile;
import dev.smolvm.snapshot.MemorySize;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.RestoredSandbox;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotNotes;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.snapshot.VerifyReport;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.vmm.Accelerator;
import dev.smolvm.vmm.MemoryForm;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/** Snapshots that are entries of a map; remembers what was asked. */
public final class FakeSnapshots implements SnapshotLibrary {
    public final Map<SnapshotId, SnapshotInfo> snapshots = new LinkedHashMap<>();
    public final List<SnapshotRequest> created = new ArrayList<>();
    public final List<RestoreRequest> restored = new ArrayList<>();
    /** Those that a verification finds damaged. */
    public final Set<SnapshotId> damaged = new LinkedHashSet<>();

    /** Those that a verification then says can be deleted, in this order. */
    public final List<SnapshotId> removable = new ArrayList<>();
    /** Those that are there too, and why they cannot be read. */
    public final Map<SnapshotId, SmolVmException> unreadable = new LinkedHashMap<>();

    private final FakeSandboxes sandboxes;

    public FakeSnapshots(FakeSandboxes sandboxes) {
        this.sandboxes = sandboxes;
    }

    public FakeSnapshots with(String id, String sandbox, String parent) {
        SnapshotInfo info = new SnapshotInfo(
                new SnapshotId(id),
                new SandboxName(sandbox),
                "0123456789ab",
                "qemu",
                "qemu 10.0.2",
                Accelerator.TCG,
                parent == null ? Optional.of(MemoryForm.MAPPED) : Optional.empty(),
                parent == null ? SnapshotType.FULL : SnapshotType.DIFF,
                Instant.parse("2026-01-02T03:04:05.678Z"),
                180L << 20,
                3L << 30,
                Optional.ofNullable(parent).map(SnapshotId::new),
                false,
                Optional.empty(),
                Optional.of(Path.of("/store/device.state")),
                Optional.of(Path.of("/store/memory")),
                Path.of("/store/layer.qcow2"),
                Optional.of(new MemorySize(512L << 20, 62L << 20, parent == null)),
                List.of(),
                Optional.ofNullable(parent).map(SnapshotId::new),
                SnapshotNotes.NONE,
                Optional.empty());
        snapshots.put(info.id(), info);
        return this;
    }

    @Override
    public SnapshotInfo create(SnapshotRequest request, Progress progress) {
        created.add(request);
        String id = request.id().map(SnapshotId::value).orElse("snap-" + request.sandbox());
        with(id, request.sandbox().value(), null);
        return snapshots.get(new SnapshotId(id));
    }

    @Override
    public RestoredSandbox restore(RestoreRequest request, Progress progress) {
        restored.add(request);
        SnapshotInfo snapshot = snapshots.get(request.snapshot());
        return new RestoredSandbox(snapshot, sandboxes.info(snapshot.sandbox()));
    }

    @Override
    public VerifyReport verify(List<SnapshotId> ids, Progress progress) {
        List<DamagedFile> files = damaged.isEmpty()
                ? List.of()
                : List.of(new DamagedFile(
                        Path.of("/store/memory"), "memory", "does not match its checksum", List.copyOf(damaged)));
        return new VerifyReport(
                ids.stream().filter(id -> !damaged.contains(id)).toList(),
                ids.stream().filter(damaged::contains).toList(),
                removable,
                List.of(),
                files,
                7,
                180L << 20);
    }

    @Override
    public VerifyReport verifyAll(Progress progress) {
        return verify(List.copyOf(snapshots.keySet()), progress);
    }

    @Override
    public List<SnapshotInfo> list(
            Optional<SandboxName> sandbox, BiConsumer<SnapshotId, SmolVmException> toldOfUnreadable) {
        unreadable.forEach(toldOfUnreadable);
        return snapshots.values().stream()
                .filter(s -> sandbox.isEmpty() || s.sandbox().equals(sandbox.get()))
                .toList();
    }

    @Override
    public SnapshotInfo info(SnapshotId id) {
        return snapshots.get(id);
    }

    @Override
    public SnapshotInfo annotate(SnapshotId id, UnaryOperator<SnapshotNotes> change) {
        SnapshotInfo old = snapshots.get(id);
        SnapshotInfo changed = withNotes(old, change.apply(old.written()), Optional.empty());
        snapshots.put(id, changed);
        return changed;
    }

    public static SnapshotInfo withNotes(SnapshotInfo old, SnapshotNotes notes, Optional<String> damage) {
        return new SnapshotInfo(
                old.id(),
                old.sandbox(),
                old.sandboxId(),
                old.backend(),
                old.vmm(),
                old.accelerator(),
                old.memoryForm(),
                old.type(),
                old.createdAt(),
                old.ownBytes(),
                old.sharedBytes(),
                old.parent(),
                old.restored(),
                old.restoredSandbox(),
                old.statePath(),
                old.memoryPath(),
                old.diskPath(),
                old.memorySize(),
                old.notes(),
                old.memoryParent(),
                notes,
                damage);
    }

    @Override
    public SnapshotId resolve(String reference) {
        SnapshotId id = new SnapshotId(reference);
        if (!snapshots.containsKey(id)) {
            throw new SmolVmException(
                    ErrorKind.NOT_FOUND, "no snapshot " + id, "see what there is: smolvm sandbox snapshot list");
        }
        return id;
    }

    @Override
    public Optional<SnapshotInfo> delete(SnapshotId id) {
        if (snapshots.values().stream().anyMatch(s -> s.parent().equals(Optional.of(id)))) {
            throw new SmolVmException(ErrorKind.HAS_DEPENDENTS, "snapshot " + id + " has a child", "delete it first");
        }
        return Optional.of(snapshots.remove(id));
    }
}
