package dev.smolvm.sandbox;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;

/** What a sandbox with a Windows guest cannot have; asked before anything is made. */
final class WindowsLimits {
    /** An AHCI controller has six ports, and the root disk takes one. */
    private static final int MAX_DRIVES = 5;

    private WindowsLimits() {}

    static void check(SandboxRequest request) {
        if (!request.mounts().isEmpty()) {
            throw new SmolVmException(
                    ErrorKind.UNSUPPORTED,
                    "a Windows guest cannot mount "
                            + request.mounts().getFirst().hostDirectory()
                            + ": the disk that is made of it has a Linux file system",
                    "leave --mount out, and bring files in with: smolvm sandbox file upload -r");
        }
        if (request.drives().size() > MAX_DRIVES) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    request.drives().size() + " drives are too many for a Windows guest",
                    "give --drive at most " + MAX_DRIVES + " times");
        }
        for (DriveRequest drive : request.drives()) {
            if (drive.readOnly()) {
                throw new SmolVmException(
                        ErrorKind.UNSUPPORTED,
                        "the drive " + drive.file() + " cannot be read-only in a Windows guest: AHCI disks are not",
                        "give a copy of it, without :ro");
            }
        }
    }
}
