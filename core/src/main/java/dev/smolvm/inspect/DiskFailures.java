package dev.smolvm.inspect;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.transfer.GuestText;

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
                        side instanceof Side.OfSnapshot snapshot
                                ? "restore it and look inside: smolvm sandbox snapshot restore " + snapshot.id()
                                        + " --name look"
                                : "look inside: smolvm sandbox shell " + side.reference());
            case InspectProgram.Ended.DAMAGED ->
                new SmolVmException(
                        ErrorKind.INTEGRITY,
                        "the root disk of " + side + " cannot be read: " + ended.complaint(),
                        "look at another snapshot: smolvm sandbox snapshot list");
            default -> program(side.toString(), ended);
        };
    }

    /** A path on it cannot be read. */
    static SmolVmException path(Side side, String path, InspectProgram.Ended ended) {
        String what = GuestText.printable(path) + " of " + side;
        return switch (ended.code()) {
            case InspectProgram.Ended.NOT_THERE -> notThere(what);
            case InspectProgram.Ended.WRONG_KIND ->
                new SmolVmException(
                        ErrorKind.USAGE, "read " + what + ": it is neither a file nor a directory", "name a file");
            case InspectProgram.Ended.DAMAGED ->
                new SmolVmException(
                        ErrorKind.INTEGRITY,
                        "read " + what + ": the disk is damaged there: " + ended.complaint(),
                        "look at another snapshot: smolvm sandbox snapshot list");
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
