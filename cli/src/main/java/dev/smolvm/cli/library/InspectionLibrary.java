package dev.smolvm.cli.library;

import dev.smolvm.Progress;
import dev.smolvm.guest.TransferListener;
import dev.smolvm.inspect.ContentDiff;
import dev.smolvm.inspect.Side;
import dev.smolvm.inspect.TreeDiff;
import dev.smolvm.store.SnapshotId;
import java.io.IOException;
import java.nio.file.Path;

/** As {@link dev.smolvm.inspect.Inspection}. */
public interface InspectionLibrary {
    Side resolve(String reference);

    TreeDiff diff(Side before, Side after, boolean checksum, Progress progress);

    ContentDiff content(Side before, Side after, String path, Progress progress);

    void copy(SnapshotId snapshot, String path, Path local, TransferListener listener, Progress progress)
            throws IOException;
}
