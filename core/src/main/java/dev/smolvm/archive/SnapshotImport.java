package dev.smolvm.archive;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.os.Uninterrupted;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.sandbox.SandboxDefinition;
import dev.smolvm.snapshot.SnapshotManifest;
import dev.smolvm.snapshot.SnapshotRecords;
import dev.smolvm.snapshot.Snapshots;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.Staging;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.store.StoreLocks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads archives. Everything is built in a staging directory and verified to the archive's last byte; then the layers that are
 * new move to their place, and one rename makes the snapshot exist.
 */
final class SnapshotImport {
    private final SandboxContext context;
    private final StoreLayout layout;
    private final SnapshotRecords snapshots;

    SnapshotImport(SandboxContext context) {
        this.context = context;
        this.layout = context.store().layout();
        this.snapshots = new SnapshotRecords(context.store());
    }

    ImportedSnapshot importFile(ImportRequest request, Progress progress) {
        Path file = request.file();
        if (!Files.isRegularFile(file)) {
            throw new SmolVmException(
                    Files.exists(file) ? ErrorKind.USAGE : ErrorKind.NOT_FOUND,
                    Files.exists(file) ? file + " is not a plain file" : "there is no file " + file,
                    "name a file that smolvm sandbox snapshot export wrote");
        }
        request.sshKey().ifPresent(SnapshotImport::checkKey);
        try (ArchiveReader archive = ArchiveReader.open(file)) {
            ArchiveDescription description = archive.description();
            checkManifest(file, description);
            try {
                return withLocks(request, description, archive, progress);
            } catch (IOException | RuntimeException e) {
                afterFailure(e);
                throw e;
            }
        } catch (IOException e) {
            throw SmolVmException.of("import " + file, e);
        }
    }

    private static void checkKey(Path key) {
        if (!Files.isRegularFile(key) || !Files.isReadable(key)) {
            throw new SmolVmException(
                    Files.exists(key) ? ErrorKind.USAGE : ErrorKind.NOT_FOUND,
                    Files.exists(key) ? "the SSH key " + key + " cannot be read" : "there is no SSH key " + key,
                    "name the private key that the sandbox had where it was saved");
        }
    }

    private static void checkManifest(Path file, ArchiveDescription description) {
        try {
            ImportRules.check(description.manifest());
        } catch (JsonFormatException e) {
            throw ArchiveFailures.damaged(file, e.getMessage(), e);
        }
    }

    private ImportedSnapshot withLocks(
            ImportRequest request, ArchiveDescription description, ArchiveReader archive, Progress progress)
            throws IOException {
        SnapshotId id = request.as().orElse(description.manifest().id());
        StoreLocks locks = context.store().locks();
        try (StoreLocks.Held store = locks.storeShared();
                StoreLocks.Held snapshot = locks.snapshotExclusive(id);
                Staging staging = context.store().stage()) {
            if (snapshots.exists(id)) {
                throw new SmolVmException(
                        ErrorKind.CONFLICT,
                        "a snapshot " + id + " exists already",
                        "import it under another id with --name ID, or remove that one:"
                                + " smolvm sandbox snapshot delete " + id);
            }
            SandboxDefinition sandbox = sandbox(request, description.manifest());
            StagedSnapshot staged = new StagedSnapshot(context.store(), staging, request.file(), description);
            staged.read(archive, progress);
            progress.step("publish");
            SnapshotManifest manifest = staged.publish(id, sandbox, snapshots);
            return Uninterrupted.get(() -> new ImportedSnapshot(
                    new Snapshots(context).info(id), staged.files(), staged.filesHere(), notes(request, manifest)));
        }
    }

    /** Layers that had moved to their place when it failed are named by nothing. Does nothing while others are at work. */
    private void afterFailure(Exception failure) {
        Uninterrupted.run(() -> {
            try {
                context.collector().collect();
            } catch (SmolVmException e) {
                failure.addSuppressed(e);
            }
        });
    }

    /** @throws SmolVmException usage: the guest is reached over SSH, and archives hold no keys */
    private static SandboxDefinition sandbox(ImportRequest request, SnapshotManifest manifest) {
        if (!manifest.sandbox().agent() && request.sshKey().isEmpty()) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    "the guest of snapshot " + manifest.id() + " is reached over SSH, and archives hold no keys",
                    "bring the private key that its sandbox had, and name it with --ssh-key FILE");
        }
        return manifest.sandbox().agent()
                ? manifest.sandbox()
                : PortableManifest.withKey(manifest.sandbox(), request.sshKey().map(key -> key.toAbsolutePath()
                        .normalize()));
    }

    private List<String> notes(ImportRequest request, SnapshotManifest manifest) {
        List<String> notes = new ArrayList<>(manifest.notes());
        SandboxName name = manifest.sandbox().name();
        if (manifest.sandbox().agent() && request.sshKey().isPresent()) {
            notes.add("its guest is not reached over SSH: the key "
                    + request.sshKey().get() + " is not used");
        }
        if (isForeign(manifest)) {
            notes.add(
                    "sandbox " + name + " of this store is not the one it was taken from: restore it with --name NEW");
        }
        return notes;
    }

    private boolean isForeign(SnapshotManifest manifest) {
        try {
            return context.records()
                    .find(manifest.sandbox().name())
                    .map(r -> !r.definition().id().equals(manifest.sandbox().id()))
                    .orElse(false);
        } catch (SmolVmException e) {
            // Its record is damaged; a restore says so.
            return false;
        }
    }
}
