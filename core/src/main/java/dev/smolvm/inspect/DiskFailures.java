package dev.smolvm.inspect;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.transfer.GuestText;
import dev.smolvm.store.SandboxName;

/** What keeps a disk or a file on it from being read. */
final class DiskFailures {
    static final String BUILT_TO_BREAK =
            "run it again; a disk that does this every time may have been built to: do not trust what wrote it";

    private DiskFailures() {}

    /** A disk cannot be mounted. */
    static SmolVmException disk(Side side, InspectProgram.Ended ended) {
        return switch (ended.code()) {
            case InspectProgram.Ended.NO_FILE_SYSTEM ->
                new SmolVmException(
                        ErrorKind.UNSUPPORTED,
                        "look into the root disk of " + side + ": " + ended.complaint(),
                        switch (side) {
                            case Side.OfSnapshot(var id) ->
                                "restore it and look inside: smolvm sandbox snapshot restore " + id + " --name look";
                            case Side.OfSandbox(var name) -> inside(name);
                        });
            case InspectProgram.Ended.DAMAGED ->
                new SmolVmException(
                        ErrorKind.INTEGRITY,
                        "the root disk of " + side + " cannot be read: " + ended.complaint(),
                        elsewhere(side));
            default -> program(side.toString(), ended);
        };
    }

    /** The file system was saved as it is, so the snapshot itself is intact; an older one may have a better one. */
    private static String elsewhere(Side side) {
        return switch (side) {
            case Side.OfSnapshot _ -> "look at another snapshot: smolvm sandbox snapshot list";
            case Side.OfSandbox(var name) -> inside(name);
        };
    }

    private static String inside(SandboxName name) {
        return "look inside: smolvm sandbox shell " + name;
    }

    /** A path on it cannot be read. */
    static SmolVmException path(Side side, String path, InspectProgram.Ended ended) {
        String what = GuestText.printable(path) + " in " + side;
        return switch (ended.code()) {
            case InspectProgram.Ended.NOT_THERE -> notThere(what);
            case InspectProgram.Ended.WRONG_KIND ->
                new SmolVmException(
                        ErrorKind.USAGE, "read " + what + ": it is neither a file nor a directory", "name a file");
            case InspectProgram.Ended.A_DIRECTORY ->
                new SmolVmException(
                        ErrorKind.USAGE,
                        "read " + what + ": it is a directory",
                        "name a file in it; without --content all files are compared, and those that differ named");
            case InspectProgram.Ended.DAMAGED ->
                new SmolVmException(
                        ErrorKind.INTEGRITY,
                        "read " + what + ": the disk is damaged there: " + ended.complaint(),
                        elsewhere(side));
            default -> program(what, ended);
        };
    }

    /** The command that takes a file to the host. */
    static String fetch(Side side, String path) {
        return switch (side) {
            case Side.OfSnapshot(var id) -> "smolvm sandbox snapshot copy " + id + ":" + path + " FILE";
            case Side.OfSandbox(var name) -> "smolvm sandbox file download " + name + " " + path + " FILE";
        };
    }

    static SmolVmException notThere(String what) {
        return new SmolVmException(
                ErrorKind.NOT_FOUND,
                "there is no " + what,
                "check the path: it is from the root of the guest's root disk, and what lies in /run, /tmp or another file"
                        + " system in memory is not on a disk");
    }

    static SmolVmException program(String what, InspectProgram.Ended ended) {
        return new SmolVmException(
                ErrorKind.INTEGRITY,
                "look into " + what + ": the throw-away VM's program ended with " + ended.code()
                        + (ended.complaint().isEmpty() ? "" : ": " + ended.complaint()),
                BUILT_TO_BREAK);
    }
}
