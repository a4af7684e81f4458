package dev.smolvm.cli.fake;

import dev.smolvm.Progress;
import dev.smolvm.cli.library.InspectionLibrary;
import dev.smolvm.guest.TransferListener;
import dev.smolvm.inspect.ContentDiff;
import dev.smolvm.inspect.FileChange;
import dev.smolvm.inspect.Side;
import dev.smolvm.inspect.TreeDiff;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Finds what it was told to find; remembers what was asked. */
public final class FakeInspection implements InspectionLibrary {
    public final List<FileChange> changes = new ArrayList<>();
    public ContentDiff content = new ContentDiff.Same(OptionalLong.of(1), OptionalLong.of(1));
    public final List<String> asked = new ArrayList<>();
    private final FakeSnapshots snapshots;
    private final FakeSandboxes sandboxes;

    FakeInspection(FakeSnapshots snapshots, FakeSandboxes sandboxes) {
        this.snapshots = snapshots;
        this.sandboxes = sandboxes;
    }

    @Override
    public Side resolve(String reference) {
        if (reference.startsWith("sandbox:")) {
            return new Side.OfSandbox(sandboxes.resolve(reference.substring("sandbox:".length())));
        }
        SnapshotId id = new SnapshotId(reference.replaceFirst("^snapshot:", ""));
        return snapshots.snapshots.containsKey(id)
                ? new Side.OfSnapshot(id)
                : new Side.OfSandbox(new SandboxName(reference));
    }

    @Override
    public TreeDiff diff(Side before, Side after, boolean checksum, Progress progress) {
        asked.add("diff " + before + ", " + after + (checksum ? ", checksum" : ""));
        return new TreeDiff(before, after, changes, 4711);
    }

    @Override
    public ContentDiff content(Side before, Side after, String path, Progress progress) {
        asked.add("content " + before + ", " + after + ", " + path);
        return content;
    }

    @Override
    public void copy(SnapshotId snapshot, String path, Path local, TransferListener listener, Progress progress) {
        asked.add("copy " + snapshot + ", " + path + ", " + local);
        listener.moved(path, 12);
    }
}
