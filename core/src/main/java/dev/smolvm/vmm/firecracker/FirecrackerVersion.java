package dev.smolvm.vmm.firecracker;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A release of Firecracker, and the questions that our requests depend on. Firecracker refuses a request with a field that it
 * does not know, and nothing of it can be asked but its version. Where nothing else is said, the evidence is CHANGELOG.md of
 * v1.16.1. A release newer than {@link #NEWEST_KNOWN} is taken to be like that one.
 */
public record FirecrackerVersion(int major, int minor, int patch) implements Comparable<FirecrackerVersion> {
    /** The first whose sources were read for this backend (v1.10.1). */
    static final FirecrackerVersion OLDEST = new FirecrackerVersion(1, 10, 0);

    static final FirecrackerVersion NEWEST_KNOWN = new FirecrackerVersion(1, 17, 0);

    private static final Pattern TEXT =
            Pattern.compile("v?([0-9]{1,4})\\.([0-9]{1,4})\\.([0-9]{1,4})(?:-[0-9A-Za-z.-]+)?");

    /** @param text such as {@code 1.16.1} or {@code v1.17.0-dev} */
    static FirecrackerVersion parse(String text) {
        Matcher version = TEXT.matcher(text);
        if (!version.matches()) {
            throw new SmolVmException(
                    ErrorKind.INCOMPATIBLE, "not a version of Firecracker: " + text, "install Firecracker 1.16");
        }
        return new FirecrackerVersion(
                Integer.parseInt(version.group(1)),
                Integer.parseInt(version.group(2)),
                Integer.parseInt(version.group(3)));
    }

    /** Whether this backend can speak to it. A new major version may change anything. */
    boolean supported() {
        return major == OLDEST.major && compareTo(OLDEST) >= 0;
    }

    /** Whether it is not newer than those that this backend was written for. */
    public boolean known() {
        return minor <= NEWEST_KNOWN.minor;
    }

    /** {@code /snapshot/load} takes {@code track_dirty_pages}, in place of {@code enable_diff_snapshots} (1.13, #5274). */
    public boolean loadTracksDirtyPages() {
        return since(13);
    }

    /**
     * A differential snapshot of more than 3 GiB of memory is right. Before, it is corrupt, because memory above the gap below
     * 4 GiB is a second slot (1.15, #5705).
     */
    public boolean diffOfLargeMemory() {
        return since(15);
    }

    /**
     * {@code /snapshot/load} takes {@code clock_realtime}: kvmclock goes on by the time that has passed. Without it kvmclock
     * stands still from 1.16 on; before, hosts with Linux 5.16 or later always moved it (1.16, #5809).
     */
    public boolean clockRealtime() {
        return since(16);
    }

    /** A guest that goes on after a pause without a save is deaf to vsock; see {@link Standstill} (source of 1.16.0, 1.16.1). */
    public boolean resumeNeedsSave() {
        return since(16);
    }

    private boolean since(int firstMinor) {
        return minor >= firstMinor;
    }

    @Override
    public int compareTo(FirecrackerVersion other) {
        int byMajor = Integer.compare(major, other.major);
        int byMinor = byMajor != 0 ? byMajor : Integer.compare(minor, other.minor);
        return byMinor != 0 ? byMinor : Integer.compare(patch, other.patch);
    }

    @Override
    public String toString() {
        return major + "." + minor + "." + patch;
    }
}
