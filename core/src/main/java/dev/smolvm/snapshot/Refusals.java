package dev.smolvm.snapshot;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.image.ImageManifest;
import dev.smolvm.sandbox.DiskRecord;
import dev.smolvm.sandbox.Refresh;
import dev.smolvm.sandbox.SandboxRecord;

/** What cannot be saved; asked before anything is touched. */
final class Refusals {
    private Refusals() {}

    /**
     * @throws SmolVmException unsupported, with the reason and a way out; not found: a read-only drive's file is gone; conflict: a
     *     fork that never ran
     */
    static void check(SandboxRecord record) {
        if (record.definition().os() == ImageManifest.GuestOs.WINDOWS) {
            throw refused(
                    record,
                    "its guest is Windows",
                    "stop it instead, which keeps its disk: smolvm sandbox stop " + record.name()
                            + "; or create the sandbox from a Linux image");
        }
        if (record.refresh() == Refresh.IDENTITY) {
            throw new SmolVmException(
                    ErrorKind.CONFLICT,
                    "sandbox " + record.name() + " is a fork that has not run yet: its guest still has the identity of"
                            + " its source",
                    "let it run first: smolvm sandbox " + (record.process().isPresent() ? "resume " : "start ")
                            + record.name());
        }
        for (DiskRecord disk : record.disks()) {
            if (disk instanceof DiskRecord.UserDrive drive && drive.readOnly()) {
                // Not saved, but found again.
                DiskOrigin.Outside.of(drive);
            }
        }
    }

    private static SmolVmException refused(SandboxRecord record, String why, String wayOut) {
        return new SmolVmException(
                ErrorKind.UNSUPPORTED, "snapshots of sandbox " + record.name() + " are not supported: " + why, wayOut);
    }
}
