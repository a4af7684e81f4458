package dev.smolvm.cli.fake;

import dev.smolvm.Progress;
import dev.smolvm.archive.ExportRequest;
import dev.smolvm.archive.ExportedArchive;
import dev.smolvm.archive.ImportRequest;
import dev.smolvm.archive.ImportedSnapshot;
import dev.smolvm.cli.library.ArchiveLibrary;
import dev.smolvm.store.SnapshotId;
import java.util.ArrayList;
import java.util.List;

/** Reads and writes nothing; remembers what was asked. */
public final class FakeArchives implements ArchiveLibrary {
    public final List<ExportRequest> exported = new ArrayList<>();
    public final List<ImportRequest> imported = new ArrayList<>();
    private final FakeSnapshots snapshots;

    public FakeArchives(FakeSnapshots snapshots) {
        this.snapshots = snapshots;
    }

    @Override
    public ExportedArchive export(ExportRequest request, Progress progress) {
        exported.add(request);
        return new ExportedArchive(
                snapshots.info(request.snapshot()),
                request.file().toAbsolutePath(),
                12L << 20,
                70L << 20,
                List.of("a note"));
    }

    @Override
    public ImportedSnapshot importFile(ImportRequest request, Progress progress) {
        imported.add(request);
        String id = request.as().map(SnapshotId::value).orElse("s1");
        snapshots.with(id, "web", null);
        return new ImportedSnapshot(snapshots.info(new SnapshotId(id)), 4, 3, List.of("a warning"));
    }
}
