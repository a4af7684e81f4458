package dev.smolvm.archive;

import dev.smolvm.Progress;
import dev.smolvm.error.Advice;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.Uninterrupted;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.snapshot.MemoryChain;
import dev.smolvm.snapshot.MemoryImage;
import dev.smolvm.snapshot.MemoryRecord;
import dev.smolvm.snapshot.SavedDisk;
import dev.smolvm.snapshot.SavedFile;
import dev.smolvm.snapshot.SnapshotManifest;
import dev.smolvm.snapshot.SnapshotNotes;
import dev.smolvm.snapshot.SnapshotRecords;
import dev.smolvm.snapshot.Snapshots;
import dev.smolvm.store.Blob;
import dev.smolvm.store.Checksum;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.StoreLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Writes archives. What is read is checked against the snapshot's checksums on the way: a damaged snapshot makes no archive. */
final class SnapshotExport {
    private final SandboxContext context;
    private final StoreLayout layout;
    private final SnapshotRecords snapshots;
    private final MemoryChain memories;

    SnapshotExport(SandboxContext context) {
        this.context = context;
        this.layout = context.store().layout();
        this.snapshots = new SnapshotRecords(context.store());
        this.memories = new MemoryChain(snapshots);
    }

    ExportedArchive export(ExportRequest request, Progress progress) {
        SnapshotId id = request.snapshot();
        try (SnapshotChain chain =
                        SnapshotChain.lock(id, snapshots, context.store().locks());
                ArchiveTarget target = ArchiveTarget.open(request.file(), request.replace())) {
            checkComplete(chain.snapshot());
            Set<Blob> leftOut = request.withBase() ? Set.of() : base(chain.snapshot());
            return export(request, chain, leftOut, target, progress);
        } catch (IOException e) {
            throw SmolVmException.of("export snapshot " + id, e);
        }
    }

    /** A disk that is not in the snapshot is a file of this host. */
    private static void checkComplete(SnapshotManifest manifest) {
        for (SavedDisk disk : manifest.disks()) {
            if (disk.outside().isPresent()) {
                throw new SmolVmException(
                        ErrorKind.UNSUPPORTED,
                        "snapshot " + manifest.id() + " cannot be exported: its disk " + disk.id()
                                + " is a file of this host, and not part of it",
                        "create the sandbox without that drive, and bring the file in with: smolvm sandbox file upload");
            }
        }
    }

    private ExportedArchive export(
            ExportRequest request, SnapshotChain chain, Set<Blob> leftOut, ArchiveTarget target, Progress progress)
            throws IOException {
        SnapshotManifest manifest = chain.snapshot();
        List<ArchivedFile> files = new ArrayList<>();
        for (Blob blob : ArchiveDescription.blobs(manifest)) {
            if (!leftOut.contains(blob)) {
                Path file = layout.blob(blob);
                SavedFile.checkSize(manifest.id(), "file", file, blob.size());
                files.add(ArchivedFile.of(ArchiveDescription.entryName(blob), file, blob.checksum()));
            }
        }
        if (manifest.deviceState().isPresent()) {
            SavedFile saved = manifest.deviceState().get();
            files.add(savedFile(manifest, ArchiveDescription.DEVICE_STATE, "device state", saved));
        }
        if (manifest.memory().isPresent() && manifest.memory().get() instanceof MemoryRecord.Changes changes) {
            chain.verifyMemory(memories);
            try (MemoryImage image = memories.open(manifest)) {
                ArchivedFile memory = folded(manifest.id(), image, progress);
                files.add(memory);
                return write(
                        request,
                        PortableManifest.withCompleteMemory(
                                manifest,
                                new SavedFile(
                                        ArchiveDescription.MEMORY,
                                        changes.bytes(),
                                        memory.extents().stored(),
                                        memory.checksum())),
                        files,
                        target,
                        progress);
            }
        }
        if (manifest.memory().isPresent()) {
            files.add(savedFile(
                    manifest,
                    ArchiveDescription.MEMORY,
                    "memory",
                    manifest.memory().get().file()));
        }
        return write(request, PortableManifest.of(manifest), files, target, progress);
    }

    /** The image's files, which other stores may have too. */
    private Set<Blob> base(SnapshotManifest manifest) {
        Set<Blob> base = new HashSet<>();
        context.images().sound().forEach(image -> base.addAll(image.blobs()));
        base.retainAll(ArchiveDescription.blobs(manifest));
        if (base.isEmpty()) {
            throw new SmolVmException(
                    ErrorKind.NOT_FOUND,
                    "snapshot " + manifest.id() + " cannot be exported without its image "
                            + manifest.sandbox().image() + ": no image of this store has files of it any more",
                    "leave --no-base out");
        }
        return base;
    }

    private ArchivedFile savedFile(SnapshotManifest manifest, String name, String what, SavedFile saved)
            throws IOException {
        Path file = layout.snapshot(manifest.id()).resolve(saved.name());
        SavedFile.checkSize(manifest.id(), what, file, saved.size());
        return ArchivedFile.of(name, file, saved.checksum());
    }

    /** The checksum stands in the description, before the memory, so it costs a pass of its own. */
    private static ArchivedFile folded(SnapshotId id, MemoryImage image, Progress progress) throws IOException {
        ExtentMap extents = ExtentMap.ofMemory(image);
        Counter counter = new Counter("put the memory together", extents.stored(), progress);
        try (SparseTransfer transfer = new SparseTransfer(counter::add)) {
            Checksum checksum = transfer.pass(extents, ArchivedFile.source(image), SparseTransfer.Sink.NONE);
            return new ArchivedFile(
                    ArchiveDescription.MEMORY,
                    "memory of snapshot " + id,
                    extents,
                    checksum,
                    new ArchivedFile.Content.Memory(image));
        }
    }

    /** Damaged ones stay behind: the snapshot is none the worse for it. */
    private SnapshotNotes notes(SnapshotId id, Progress progress) {
        try {
            return snapshots.notes(id).read().portable();
        } catch (SmolVmException e) {
            progress.note(e.getMessage() + "; they are not in the archive");
            return SnapshotNotes.NONE;
        }
    }

    private ExportedArchive write(
            ExportRequest request,
            PortableManifest portable,
            List<ArchivedFile> files,
            ArchiveTarget target,
            Progress progress)
            throws IOException {
        ArchiveDescription description = new ArchiveDescription(
                portable.manifest(),
                notes(request.snapshot(), progress),
                files.stream().map(ArchivedFile::entry).toList());
        Counter counter = new Counter("write " + request.file(), description.stored(), progress);
        try (ArchiveWriter archive = new ArchiveWriter(target.stream());
                SparseTransfer transfer = new SparseTransfer(counter::add)) {
            archive.add(description);
            for (ArchivedFile file : files) {
                if (!file.write(archive, transfer).equals(file.checksum())) {
                    throw new SmolVmException(
                            ErrorKind.INTEGRITY,
                            "snapshot " + request.snapshot() + " is damaged: " + file.what()
                                    + " does not match its checksum",
                            Advice.WHICH_SNAPSHOTS_ARE_INTACT);
                }
            }
            archive.finish();
        }
        long bytes = target.finish();
        return Uninterrupted.get(() -> new ExportedArchive(
                new Snapshots(context).info(request.snapshot()),
                request.file().toAbsolutePath().normalize(),
                bytes,
                description.stored(),
                portable.notes()));
    }
}
