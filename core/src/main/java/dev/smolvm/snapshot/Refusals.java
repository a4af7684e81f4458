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

    /** @throws SmolVmException unsupported or, for a fork that never ran, conflict, with the reason and a way out */
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
            switch (disk) {
                case DiskRecord.UserDrive drive ->
                    throw refused(
                            record,
                            "it has an extra drive (" + drive.file() + ")",
                            "create a sandbox without --drive, and bring files in with: smolvm sandbox file upload");
                case DiskRecord.Chain _, DiskRecord.Whole _ ->
                    disk.mountPoint().ifPresent(at -> {
                        throw refused(
                                record,
                                "it has a mounted host directory (" + at + ")",
                                "create a sandbox without --mount, and bring files in with:"
                                        + " smolvm sandbox file upload -r");
                    });
            }
        }
    }

    private static SmolVmException refused(SandboxRecord record, String why, String wayOut) {
        return new SmolVmException(
                ErrorKind.UNSUPPORTED, "snapshots of sandbox " + record.name() + " are not supported: " + why, wayOut);
    }
}
