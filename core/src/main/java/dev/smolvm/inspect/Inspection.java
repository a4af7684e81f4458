package dev.smolvm.inspect;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.TransferListener;
import dev.smolvm.guest.transfer.GuestPath;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.snapshot.SnapshotRecords;
import dev.smolvm.store.SnapshotId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Looks into the root disks of snapshots and sandboxes without restoring anything. Their file systems may be hostile, so a
 * machine without a network that is thrown away afterwards reads them, never the host; what it says is bounded and checked. It
 * takes about one boot.
 *
 * <p>Failures of all: not found (no such snapshot, sandbox or path; no image that could be booted), integrity (a damaged disk,
 * or a throw-away VM that says impossible things), unsupported (no QEMU; no ext4 on the disk), guest did not answer, VM died.
 */
public final class Inspection {
    /** The most that a file may have to be compared line by line. */
    public static final int MAX_TEXT_BYTES = 1 << 20;

    private final SandboxContext context;
    private final SnapshotRecords snapshots;

    public Inspection(SandboxContext context) {
        this.context = context;
        this.snapshots = new SnapshotRecords(context.store());
    }

    /**
     * Finds a snapshot or a sandbox by what a user wrote: {@code NAME}, {@code snapshot:NAME} or {@code sandbox:NAME}. A
     * snapshot goes before a sandbox of the same name.
     *
     * @throws SmolVmException not found; conflict: the beginning of several ids
     */
    public Side resolve(String reference) {
        return new SideNames(snapshots, context.records()).resolve(reference);
    }

    /**
     * What differs between two root disks. The disk of a sandbox that runs is taken as it is now: its guest is flushed, and
     * what it wrote is sealed as one more layer of its chain; it goes on undisturbed.
     *
     * @param checksum reads every file. Otherwise one whose inode number, size and times are the same on both sides counts as
     *     the same: both disks come from one file system, in which every write changes those times.
     * @throws SmolVmException usage: two sandboxes; unsupported: more differences than can be held
     */
    public TreeDiff diff(Side before, Side after, boolean checksum, Progress progress) {
        List<Side> sides = List.of(before, after);
        requireSnapshot(sides);
        try (OpenDisks open = OpenDisks.of(context, snapshots, sides, progress)) {
            if (alike(open)) {
                return new TreeDiff(before, after, List.of(), 0);
            }
            try (Look look = Look.at(context, sides, open, progress)) {
                return look.compare(checksum);
            }
        }
    }

    /**
     * What differs in one file.
     *
     * @param path absolute; links are followed inside the disk
     * @throws SmolVmException not found: on neither side; usage: not a file; unsupported: larger than {@link #MAX_TEXT_BYTES}
     */
    public ContentDiff content(Side before, Side after, String path, Progress progress) {
        GuestPath.requireAbsolute("compare", path);
        List<Side> sides = List.of(before, after);
        requireSnapshot(sides);
        try (OpenDisks open = OpenDisks.of(context, snapshots, sides, progress);
                Look look = Look.at(context, sides, open, progress)) {
            Optional<byte[]> contentBefore = look.read(0, path, MAX_TEXT_BYTES);
            Optional<byte[]> contentAfter = look.read(1, path, MAX_TEXT_BYTES);
            if (contentBefore.isEmpty() && contentAfter.isEmpty()) {
                throw DiskFailures.notThere(path + " on either side");
            }
            return UnifiedText.of(path, before, after, contentBefore, contentAfter);
        }
    }

    /**
     * Takes a file or a directory with its content out of a snapshot; as a download from a guest does: modes are kept, links
     * are copied as links, and nothing outside {@code local} is touched.
     *
     * @param path absolute; links on the way are followed inside the disk
     * @param local the target itself, or an existing directory to put it into
     */
    public void copy(SnapshotId snapshot, String path, Path local, TransferListener listener, Progress progress)
            throws IOException {
        GuestPath.requireAbsolute("copy", path);
        LocalTarget.check(local, path);
        List<Side> sides = List.of(new Side.OfSnapshot(snapshot));
        try (OpenDisks open = OpenDisks.of(context, snapshots, sides, progress);
                Look look = Look.at(context, sides, open, progress)) {
            look.copy(path, local, listener);
        }
    }

    private static void requireSnapshot(List<Side> sides) {
        if (sides.stream().noneMatch(Side.OfSnapshot.class::isInstance)) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    "compare " + sides.getFirst() + " with " + sides.getLast() + ": one of the two must be a snapshot",
                    "take one first: smolvm sandbox snapshot create "
                            + sides.getFirst().reference() + " --resume-source");
        }
    }

    /** The very same layers hold the same. */
    private static boolean alike(OpenDisks open) {
        DiskFiles before = open.disks().getFirst();
        DiskFiles after = open.disks().getLast();
        return before.sealed().isPresent() && before.sealed().equals(after.sealed()) && before.bytes() == after.bytes();
    }
}
