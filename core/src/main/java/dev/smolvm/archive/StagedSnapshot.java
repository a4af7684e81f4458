package dev.smolvm.archive;

import static java.nio.file.StandardOpenOption.WRITE;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.os.SparseFile;
import dev.smolvm.os.Uninterrupted;
import dev.smolvm.sandbox.SandboxDefinition;
import dev.smolvm.snapshot.ManifestFile;
import dev.smolvm.snapshot.MemoryRecord;
import dev.smolvm.snapshot.NotesFile;
import dev.smolvm.snapshot.SavedFile;
import dev.smolvm.snapshot.SnapshotManifest;
import dev.smolvm.snapshot.SnapshotRecords;
import dev.smolvm.store.Blob;
import dev.smolvm.store.Checksum;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.Staging;
import dev.smolvm.store.Store;
import dev.smolvm.vmm.MachineSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A snapshot that is being imported, in a staging directory. The caller holds the store's lock (shared) and the snapshot's
 * (exclusive) until it is published.
 */
final class StagedSnapshot {
    private static final String DIRECTORY = "snapshot";

    private final Store store;
    private final Staging staging;
    private final Path archiveFile;
    private final ArchiveDescription description;
    private final SnapshotManifest manifest;
    /** Blobs of the archive's manifest, and those of the same content that the store has. */
    private final Map<Blob, Blob> here = new HashMap<>();
    /** What was read of the others. */
    private final Map<Blob, Path> added = new HashMap<>();

    StagedSnapshot(Store store, Staging staging, Path archiveFile, ArchiveDescription description) {
        this.store = store;
        this.staging = staging;
        this.archiveFile = archiveFile;
        this.description = description;
        this.manifest = description.manifest();
    }

    int files() {
        return here.size() + added.size();
    }

    int filesHere() {
        return here.size();
    }

    /** Reads and verifies the archive to its end. */
    void read(ArchiveReader archive, Progress progress) throws IOException {
        findBlobs(progress);
        checkSpace();
        DurableFiles.createDirectory(staging.file(DIRECTORY));
        Counter counter = new Counter("read " + archiveFile, description.stored(), progress);
        Map<String, Blob> blobs = description.included();
        try (SparseTransfer transfer = new SparseTransfer(counter::add)) {
            for (ArchiveEntry entry : description.entries()) {
                Blob blob = blobs.get(entry.name());
                if (blob != null && here.containsKey(blob)) {
                    verify(entry, archive.read(entry, SparseTransfer.Sink.NONE, transfer));
                } else if (blob != null) {
                    Path file = staging.file(blob.fileName());
                    read(entry, file, archive, transfer);
                    checkLayer(blob, file);
                    added.put(blob, file);
                } else {
                    read(entry, staging.file(DIRECTORY).resolve(entry.name()), archive, transfer);
                }
            }
        }
        archive.end();
    }

    private void findBlobs(Progress progress) throws IOException {
        progress.step("look for layers that are here");
        LocalBlobs local = LocalBlobs.of(store);
        for (Blob blob : ArchiveDescription.blobs(manifest)) {
            Optional<Blob> found = local.find(blob, here.values());
            if (found.isPresent()) {
                here.put(blob, found.get());
            }
        }
        for (Blob blob : description.leftOut()) {
            if (!here.containsKey(blob)) {
                throw missing(blob, local.names(blob));
            }
        }
    }

    private SmolVmException missing(Blob blob, boolean named) {
        String image = "image " + manifest.sandbox().image();
        String file = JsonFields.name(blob.kind()) + " of " + blob.size() + " bytes";
        return named
                ? new SmolVmException(
                        ErrorKind.INTEGRITY,
                        "the archive " + archiveFile + " needs a " + file + " of its " + image
                                + ", which is damaged in this store",
                        "import an archive that was exported without --no-base")
                : new SmolVmException(
                        ErrorKind.NOT_FOUND,
                        "the archive " + archiveFile + " was exported without its " + image
                                + ", and this store does not have the same one: a " + file + " is missing",
                        "import an archive with that image first, one that was exported without --no-base; an image"
                                + " that was built here has other files, even under the same name");
    }

    /** A liar is stopped here, or by the disk's end, or by the size that it said. */
    private void checkSpace() throws IOException {
        Map<String, Blob> blobs = description.included();
        long needed = 0;
        for (ArchiveEntry entry : description.entries()) {
            Blob blob = blobs.get(entry.name());
            needed += blob != null && here.containsKey(blob) ? 0 : entry.stored();
        }
        long free = Files.getFileStore(staging.directory()).getUsableSpace();
        if (needed > free) {
            throw new SmolVmException(
                    ErrorKind.NO_SPACE,
                    "import " + archiveFile + ": it needs " + (needed >> 20) + " MiB, and " + (free >> 20)
                            + " MiB are free",
                    "free some space (smolvm sandbox snapshot list shows what uses it), then run the same command"
                            + " again");
        }
    }

    private void read(ArchiveEntry entry, Path file, ArchiveReader archive, SparseTransfer transfer)
            throws IOException {
        DurableFiles.createFile(file);
        try (FileChannel out = FileChannel.open(file, Set.of(WRITE, LinkOption.NOFOLLOW_LINKS))) {
            SparseTransfer.Sink sink = (offset, bytes, at, length) -> {
                ByteBuffer data = ByteBuffer.wrap(bytes, at, length);
                while (data.hasRemaining()) {
                    out.write(data, offset + data.position() - at);
                }
            };
            verify(entry, archive.read(entry, sink, transfer));
        }
        try (SparseFile sized = SparseFile.openForWriting(file)) {
            sized.setSize(entry.size());
        }
    }

    private void verify(ArchiveEntry entry, Checksum found) {
        if (!found.equals(entry.checksum())) {
            throw ArchiveFailures.damaged(archiveFile, entry.name() + " does not match its checksum");
        }
    }

    private void checkLayer(Blob blob, Path file) {
        try {
            LayerRules.check(manifest, blob, file);
        } catch (JsonFormatException e) {
            throw ArchiveFailures.damaged(archiveFile, e.getMessage(), e);
        } catch (SmolVmException e) {
            throw e.kind() == ErrorKind.INTEGRITY ? ArchiveFailures.damaged(archiveFile, e.getMessage(), e) : e;
        }
    }

    /** One from the future would be the newest for ever, and the rules of a prune would keep it in place of others. */
    private static Instant noLaterThanNow(Instant time) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        return time.isAfter(now) ? now : time;
    }

    /** Gives everything its place: first the layers, last the snapshot. */
    SnapshotManifest publish(SnapshotId id, SandboxDefinition sandbox, SnapshotRecords snapshots) throws IOException {
        Map<Blob, Blob> placed = new HashMap<>(here);
        for (Map.Entry<Blob, Path> each : added.entrySet()) {
            Blob blob = each.getKey();
            placed.put(blob, store.addBlob(each.getValue(), blob.kind(), blob.checksum()));
        }
        SnapshotManifest imported = new SnapshotManifest(
                id,
                manifest.type(),
                noLaterThanNow(manifest.createdAt()),
                PortableManifest.withMachine(sandbox, machine(sandbox.machine(), placed)),
                manifest.disks().stream()
                        .map(d -> PortableManifest.disk(
                                d, d.layers().stream().map(placed::get).toList()))
                        .toList(),
                saved(manifest.deviceState()),
                memory(),
                manifest.parent().filter(p -> isFrom(p, sandbox, snapshots)),
                manifest.pauseMillis(),
                manifest.notes());
        Path directory = staging.file(DIRECTORY);
        NotesFile.write(directory, description.notes());
        DurableFiles.write(directory.resolve("manifest.json"), ManifestFile.write(imported));
        Path place = store.layout().snapshot(id);
        DurableFiles.syncTree(directory);
        try {
            DurableFiles.move(directory, place);
        } catch (IOException e) {
            // It may lie there already, only not durably.
            Uninterrupted.run(() -> withdraw(place, e));
            throw e;
        }
        return imported;
    }

    private void withdraw(Path place, IOException failure) {
        try {
            store.remove(place, () -> {});
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    private static MachineSpec machine(MachineSpec machine, Map<Blob, Blob> placed) {
        return machine.boot() instanceof MachineSpec.Boot.DirectKernel(var kernel, var initrd, var commandLine)
                ? machine.withBoot(
                        new MachineSpec.Boot.DirectKernel(placed.get(kernel), placed.get(initrd), commandLine))
                : machine;
    }

    private Optional<MemoryRecord> memory() throws IOException {
        if (manifest.memory().isPresent() && manifest.memory().get() instanceof MemoryRecord.Complete complete) {
            return Optional.of(new MemoryRecord.Complete(
                    saved(Optional.of(complete.file())).orElseThrow(),
                    complete.bytes(),
                    complete.offset(),
                    complete.form()));
        }
        return Optional.empty();
    }

    /** What it takes on disk may be different here. */
    private Optional<SavedFile> saved(Optional<SavedFile> file) throws IOException {
        if (file.isEmpty()) {
            return file;
        }
        SavedFile f = file.get();
        Path staged = staging.file(DIRECTORY).resolve(f.name());
        return Optional.of(new SavedFile(f.name(), f.size(), SparseFile.allocated(staged), f.checksum()));
    }

    /** An id alone says nothing: another snapshot may have it here. */
    private static boolean isFrom(SnapshotId parent, SandboxDefinition sandbox, SnapshotRecords snapshots) {
        try {
            return snapshots.exists(parent)
                    && snapshots.load(parent).sandbox().id().equals(sandbox.id());
        } catch (SmolVmException e) {
            return false;
        }
    }
}
