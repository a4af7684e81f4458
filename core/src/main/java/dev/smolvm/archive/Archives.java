package dev.smolvm.archive;

import dev.smolvm.Progress;
import dev.smolvm.sandbox.SandboxContext;

/** Snapshots as files that can be carried to another store. docs/format.md has the format. */
public final class Archives {
    private final SandboxContext context;

    public Archives(SandboxContext context) {
        this.context = context;
    }

    /**
     * Writes a snapshot into one file, complete in itself. On failure there is no file, or the one that was there.
     *
     * @throws dev.smolvm.error.SmolVmException not found; conflict: the file exists; integrity: the snapshot is damaged; no
     *     space
     */
    public ExportedArchive export(ExportRequest request, Progress progress) {
        return new SnapshotExport(context).export(request, progress);
    }

    /**
     * Reads and verifies all of a file, and only then adds the snapshot. On failure the store is as it was.
     *
     * @throws dev.smolvm.error.SmolVmException usage: the file is no archive; integrity: it is damaged or was made to do harm;
     *     incompatible: of another format; conflict: a snapshot of that id is there; not found: it needs an image that is not
     *     here; no space
     */
    public ImportedSnapshot importFile(ImportRequest request, Progress progress) {
        return new SnapshotImport(context).importFile(request, progress);
    }
}
