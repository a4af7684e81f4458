package dev.smolvm.archive;

import dev.smolvm.store.SnapshotId;
import java.nio.file.Path;

/**
 * What to export.
 *
 * @param file where to; its directory exists
 * @param withBase with the image's own files; without them whoever imports it must have the image
 * @param replace whether a file that is there may be replaced
 */
public record ExportRequest(SnapshotId snapshot, Path file, boolean withBase, boolean replace) {}
