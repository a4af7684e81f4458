package dev.smolvm.inspect;

import dev.smolvm.Progress;
import dev.smolvm.disk.Qcow2Header;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.sandbox.DiskRecord;
import dev.smolvm.sandbox.Liveness;
import dev.smolvm.sandbox.Recovery;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.sandbox.SandboxRecord;
import dev.smolvm.snapshot.DiskCatchUp;
import dev.smolvm.snapshot.SavedDisk;
import dev.smolvm.snapshot.SavedFile;
import dev.smolvm.snapshot.SnapshotManifest;
import dev.smolvm.snapshot.SnapshotRecords;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobId;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.store.StoreLocks;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** The root disks of snapshots and sandboxes, with the locks that keep their files as they are. */
final class OpenDisks implements AutoCloseable {
    private final SandboxContext context;
    private final StoreLayout layout;
    private final SnapshotRecords snapshots;
    private final Deque<StoreLocks.Held> locks = new ArrayDeque<>();
    private final List<DiskFiles> disks = new ArrayList<>();
    private Optional<StoreLocks.Held> sandbox = Optional.empty();

    private OpenDisks(SandboxContext context, SnapshotRecords snapshots) {
        this.context = context;
        this.layout = context.store().layout();
        this.snapshots = snapshots;
    }

    /** @param sides at most one of them a sandbox */
    static OpenDisks of(SandboxContext context, SnapshotRecords snapshots, List<Side> sides, Progress progress) {
        OpenDisks open = new OpenDisks(context, snapshots);
        try {
            open.lock(sides);
            for (Side side : sides) {
                open.disks.add(
                        switch (side) {
                            case Side.OfSnapshot(var id) -> open.saved(id);
                            case Side.OfSandbox(var name) ->
                                open.current(new Recovery(context).recover(name), progress);
                        });
            }
            return open;
        } catch (RuntimeException e) {
            open.close();
            throw e;
        }
    }

    List<DiskFiles> disks() {
        return disks;
    }

    /** In the order of a restore: snapshots, sandbox, store. */
    private void lock(List<Side> sides) {
        StoreLocks all = context.store().locks();
        for (Side side : sides) {
            if (side instanceof Side.OfSnapshot(var id)) {
                locks.push(all.snapshotShared(id));
            }
        }
        for (Side side : sides) {
            if (side instanceof Side.OfSandbox(var name)) {
                sandbox = Optional.of(all.sandbox(name));
                locks.push(sandbox.get());
            }
        }
        locks.push(all.storeShared());
    }

    private DiskFiles saved(SnapshotId id) {
        SnapshotManifest manifest = snapshots.load(id);
        SavedDisk root = manifest.disks().getFirst();
        List<DiskFiles.File> files = new ArrayList<>();
        for (Blob layer : root.layers()) {
            SavedFile.checkSize(id, "disk layer", layout.blob(layer), layer.size());
            files.add(file(layout.blob(layer), layer.kind() == BlobKind.DISK));
        }
        return new DiskFiles(
                files,
                root.bytes(),
                layout.layers(),
                manifest.sandbox(),
                lowest(root.layers()),
                Optional.of(root.layers()));
    }

    private DiskFiles current(SandboxRecord record, Progress progress) {
        Liveness liveness = new Liveness(context);
        if (!liveness.status(record).live()) {
            if (liveness.hasProcess(record)) {
                throw new SmolVmException(
                        ErrorKind.CONFLICT,
                        "sandbox " + record.name() + " has powered itself off, and its VMM still holds its disk",
                        "smolvm sandbox stop " + record.name());
            }
            return stopped(record);
        }
        progress.step("catch up with the disk of sandbox " + record.name());
        SandboxRecord sealed = new DiskCatchUp(context).seal(record, progress);
        // What is sealed stays as it is, whatever others do with the sandbox from now on.
        sandbox.ifPresent(StoreLocks.Held::close);
        return switch (sealed.root()) {
            case DiskRecord.Chain chain -> chain(sealed, chain, List.of());
            case DiskRecord.Whole _, DiskRecord.UserDrive _ -> throw new IllegalStateException("no layers");
        };
    }

    private DiskFiles stopped(SandboxRecord record) {
        return switch (record.root()) {
            case DiskRecord.Chain chain -> chain(record, chain, chain.open());
            case DiskRecord.Whole whole ->
                new DiskFiles(
                        List.of(file(layout.disk(record.name(), whole.file()), true)),
                        whole.bytes(),
                        layout.vm(record.name()),
                        record.definition(),
                        Optional.empty(),
                        Optional.empty());
            case DiskRecord.UserDrive _ -> throw new IllegalStateException("no root disk");
        };
    }

    private DiskFiles chain(SandboxRecord record, DiskRecord.Chain chain, List<BlobId> open) {
        List<DiskFiles.File> files = new ArrayList<>();
        for (Blob layer : chain.sealed()) {
            files.add(file(layout.blob(layer), false));
        }
        for (BlobId layer : open) {
            files.add(file(layout.layer(record.name(), layer), false));
        }
        return new DiskFiles(
                files,
                chain.bytes(),
                open.isEmpty() ? layout.layers() : layout.vm(record.name()),
                record.definition(),
                lowest(chain.sealed()),
                open.isEmpty() ? Optional.of(chain.sealed()) : Optional.empty());
    }

    private static Optional<Blob> lowest(List<Blob> layers) {
        return layers.stream().findFirst().filter(l -> l.kind() == BlobKind.LAYER);
    }

    /** A VMM may have written it, and its header; no other file may be reached through it. */
    private static DiskFiles.File file(Path path, boolean raw) {
        if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new SmolVmException(
                    ErrorKind.INTEGRITY,
                    "the disk cannot be looked at: " + path + " is missing or no plain file",
                    "smolvm store check shows what is damaged, and what to do");
        }
        if (!raw && Qcow2Header.read(path).namesDataFile()) {
            throw new SmolVmException(
                    ErrorKind.INTEGRITY,
                    "the disk cannot be looked at: the header of " + path + " names another file",
                    "do not trust the sandbox that wrote it");
        }
        return new DiskFiles.File(path, raw);
    }

    @Override
    public void close() {
        locks.forEach(StoreLocks.Held::close);
    }
}
