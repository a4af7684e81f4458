package dev.smolvm.snapshot;

import dev.smolvm.disk.Qcow2Header;
import dev.smolvm.error.Advice;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.StoreLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** What is asked of a snapshot before a restore touches anything. */
final class RestoreChecks {
    private final SandboxContext context;
    private final SnapshotRecords snapshots;
    private final StoreLayout layout;
    private final MemoryChain memories;

    RestoreChecks(SandboxContext context, SnapshotRecords snapshots, MemoryChain memories) {
        this.context = context;
        this.snapshots = snapshots;
        this.layout = context.store().layout();
        this.memories = memories;
    }

    /** Everything that can be known to be wrong before anything is touched. */
    void check(RestoreRequest request, SnapshotManifest manifest) {
        checkFirst(request, manifest);
        checkParts(manifest);
    }

    /**
     * Again once the sandbox's lock is held: another restore may have been waited for. That a sandbox is another one comes first:
     * what is advised for a second restore would replace it.
     */
    void checkFirst(RestoreRequest request, SnapshotManifest manifest) {
        if (request.force() || request.as().isPresent()) {
            return;
        }
        checkReplaced(request, manifest);
        Optional<SandboxName> before = snapshots.restoredTo(manifest.id());
        if (before.isPresent()) {
            throw new SmolVmException(
                    ErrorKind.CONFLICT,
                    "snapshot " + manifest.id() + " was restored to sandbox " + before.get() + " before",
                    request.commandLine("--force"));
        }
    }

    private void checkParts(SnapshotManifest manifest) {
        Compatibility.checkParts(manifest);
        if (manifest.memory().isPresent()) {
            Compatibility.check(
                    manifest.id(),
                    manifest.sandbox().machine(),
                    context.vmms().of(manifest.sandbox().machine()));
        }
        for (SavedDisk disk : manifest.disks()) {
            DiskRestorer.check(manifest.id(), disk);
            for (Blob layer : disk.layers()) {
                SavedFile.checkSize(manifest.id(), "disk layer", layout.blob(layer), layer.size());
                if (layer.kind() == BlobKind.LAYER) {
                    Qcow2Header.read(layout.blob(layer));
                }
            }
        }
        for (Blob blob : manifest.sandbox().machine().bootBlobs()) {
            SavedFile.checkSize(manifest.id(), "kernel file", layout.blob(blob), blob.size());
        }
        manifest.deviceState().ifPresent(s -> checkDeviceState(manifest, s));
        manifest.memory()
                .ifPresent(m -> SavedFile.checkSize(
                        manifest.id(),
                        "memory",
                        memories.file(manifest),
                        m.file().size()));
    }

    /**
     * A sandbox that only has the same name is not put back to anything by a restore, it is lost: one that was made anew, or
     * the namesake of one whose snapshot was brought here.
     *
     * @throws SmolVmException conflict
     */
    private void checkReplaced(RestoreRequest request, SnapshotManifest manifest) {
        SandboxName name = manifest.sandbox().name();
        if (idHere(name).filter(id -> !id.equals(manifest.sandbox().id())).isPresent()) {
            throw new SmolVmException(
                    ErrorKind.CONFLICT,
                    "sandbox " + name + " is not the one that snapshot " + manifest.id() + " was taken from",
                    request.commandLine("--name NEW")
                            + " restores it beside that one; with --force instead of --name it takes its place");
        }
    }

    /**
     * What is put back has to be there. The caller holds the sandbox's lock.
     *
     * @throws SmolVmException conflict: it was deleted, or another one has its name by now
     */
    void checkPutBack(RestoreRequest request, SnapshotManifest manifest) {
        SandboxName name = manifest.sandbox().name();
        if (!request.putBack()
                || idHere(name).equals(Optional.of(manifest.sandbox().id()))) {
            return;
        }
        boolean there = context.records().exists(name);
        throw new SmolVmException(
                ErrorKind.CONFLICT,
                there
                        ? "sandbox " + name + " is not the one any more that snapshot " + manifest.id()
                                + " was taken from"
                        : "sandbox " + name + " is not there any more",
                there
                        ? "restore it beside that one: smolvm sandbox snapshot restore " + manifest.id()
                                + " --resume --name NEW"
                        : "smolvm sandbox snapshot restore " + manifest.id() + " --resume");
    }

    /** Empty also where the record is damaged: a restore is the way to get such a sandbox back. */
    private Optional<String> idHere(SandboxName name) {
        try {
            return context.records().find(name).map(r -> r.definition().id());
        } catch (SmolVmException e) {
            if (e.kind() == ErrorKind.INTEGRITY) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Small, and the one file whose damage can make a machine that half works: always checked whole. */
    private void checkDeviceState(SnapshotManifest manifest, SavedFile saved) {
        Path file = snapshots.directory(manifest.id()).resolve(saved.name());
        SavedFile.checkSize(manifest.id(), "device state", file, saved.size());
        try {
            if (saved.matches(file)) {
                return;
            }
        } catch (IOException e) {
            throw SmolVmException.of("read " + file, e);
        }
        throw new SmolVmException(
                ErrorKind.INTEGRITY,
                "snapshot " + manifest.id() + " is damaged: its device state " + file + " does not match its checksum",
                Advice.WHICH_SNAPSHOTS_ARE_INTACT);
    }
}
