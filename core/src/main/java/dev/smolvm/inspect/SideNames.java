package dev.smolvm.inspect;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.sandbox.SandboxRecords;
import dev.smolvm.snapshot.SnapshotRecords;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.util.Optional;

/** From what a user wrote to a side. */
record SideNames(SnapshotRecords snapshots, SandboxRecords sandboxes) {
    static final String SNAPSHOT = "snapshot:";
    static final String SANDBOX = "sandbox:";

    /**
     * A whole name before the beginning of one, and a snapshot's before a sandbox's; {@code snapshot:} or {@code sandbox:} in
     * front says which.
     *
     * @throws SmolVmException not found; conflict: the beginning of several
     */
    Side resolve(String reference) {
        if (reference.startsWith(SNAPSHOT)) {
            return new Side.OfSnapshot(snapshots.resolve(reference.substring(SNAPSHOT.length())));
        }
        if (reference.startsWith(SANDBOX)) {
            return new Side.OfSandbox(sandboxes.resolve(reference.substring(SANDBOX.length())));
        }
        if (snapshots.exists(new SnapshotId(reference))) {
            return new Side.OfSnapshot(new SnapshotId(reference));
        }
        return sandbox(reference).map(name -> (Side) new Side.OfSandbox(name)).orElseGet(() -> begins(reference));
    }

    /** An id may be longer than a sandbox's name can be. */
    private Optional<SandboxName> sandbox(String reference) {
        try {
            return Optional.of(new SandboxName(reference)).filter(sandboxes::exists);
        } catch (SmolVmException e) {
            return Optional.empty();
        }
    }

    private Side begins(String reference) {
        try {
            return new Side.OfSnapshot(snapshots.resolve(reference));
        } catch (SmolVmException e) {
            if (e.kind() != ErrorKind.NOT_FOUND) {
                throw e;
            }
        }
        try {
            return new Side.OfSandbox(sandboxes.resolve(reference));
        } catch (SmolVmException e) {
            throw e.kind() == ErrorKind.CONFLICT
                    ? e
                    : new SmolVmException(
                            ErrorKind.NOT_FOUND,
                            "there is neither a snapshot nor a sandbox " + reference,
                            "see what there is: smolvm sandbox snapshot list, smolvm sandbox list");
        }
    }
}
