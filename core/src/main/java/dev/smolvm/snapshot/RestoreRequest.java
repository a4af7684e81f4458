package dev.smolvm.snapshot;

import dev.smolvm.guest.GuestVariables;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a restore is to do.
 *
 * @param resume the sandbox runs afterwards; otherwise it is left paused
 * @param force also for a snapshot that was restored before
 * @param as a new sandbox, beside the snapshot's own and whatever else was made from it; empty: the snapshot's own
 * @param putBack only what is still the sandbox that the snapshot was taken from, whatever {@code force} says
 * @param verify the checksums of all its files are compared first
 * @param variables what a new sandbox that runs gives to every command
 * @param rootBytes the size in bytes that the root disk of a new sandbox that runs gets, at least that of the snapshot's; empty: the same
 */
public record RestoreRequest(
        SnapshotId snapshot,
        boolean resume,
        boolean force,
        Optional<SandboxName> as,
        boolean putBack,
        boolean verify,
        GuestVariables variables,
        OptionalLong rootBytes) {
    /** Without reading all of its files first. */
    public RestoreRequest(SnapshotId snapshot, boolean resume, boolean force, Optional<SandboxName> as) {
        this(snapshot, resume, force, as, false, false, GuestVariables.NONE, OptionalLong.empty());
    }

    /** Of the snapshot's own sandbox. */
    public RestoreRequest(SnapshotId snapshot, boolean resume, boolean force) {
        this(snapshot, resume, force, Optional.empty());
    }

    /** The same, and its files are verified first. */
    public RestoreRequest verified() {
        return new RestoreRequest(snapshot, resume, force, as, putBack, true, variables, rootBytes);
    }

    /** The same, with another size of the root disk. */
    RestoreRequest withRootBytes(OptionalLong bytes) {
        return new RestoreRequest(snapshot, resume, force, as, putBack, verify, variables, bytes);
    }

    /**
     * A command line that asks for the same, and for something more.
     *
     * @param more an option, with its value
     */
    String commandLine(String more) {
        return "smolvm sandbox snapshot restore " + more + (resume ? " --resume" : "") + (verify ? " --verify" : "")
                + " " + snapshot;
    }

    /** The snapshot's own sandbox, again and running; never one that only has its name by now. */
    public static RestoreRequest putBack(SnapshotId snapshot) {
        return new RestoreRequest(
                snapshot, true, true, Optional.empty(), true, false, GuestVariables.NONE, OptionalLong.empty());
    }

    /** A fork: a new, running sandbox under a name of its own. */
    public static RestoreRequest fork(SnapshotId snapshot, SandboxName as) {
        return fork(snapshot, as, GuestVariables.NONE);
    }

    /** @param variables what it gives to every command */
    public static RestoreRequest fork(SnapshotId snapshot, SandboxName as, GuestVariables variables) {
        return new RestoreRequest(
                snapshot, true, false, Optional.of(as), false, false, variables, OptionalLong.empty());
    }
}
