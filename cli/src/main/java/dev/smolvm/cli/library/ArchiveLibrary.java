package dev.smolvm.cli.library;

import dev.smolvm.Progress;
import dev.smolvm.archive.ExportRequest;
import dev.smolvm.archive.ExportedArchive;
import dev.smolvm.archive.ImportRequest;
import dev.smolvm.archive.ImportedSnapshot;

/** As {@link dev.smolvm.archive.Archives}. */
public interface ArchiveLibrary {
    ExportedArchive export(ExportRequest request, Progress progress);

    ImportedSnapshot importFile(ImportRequest request, Progress progress);
}
