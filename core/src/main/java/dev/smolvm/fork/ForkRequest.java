package dev.smolvm.fork;

import dev.smolvm.guest.GuestVariables;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a user asks of a fork.
 *
 * @param source a running or paused sandbox; it goes on as it is
 * @param count how many copies
 * @param parallel how many of them are started at the same time; empty: as many as there are CPUs, at least 2
 * @param names a name with {@code {}} in it, which becomes the copy's index; empty: {@code <source>-fork-{}} with free numbers
 * @param variables for every command in every copy
 * @param snapshotId the id of the snapshot that the copies come from; empty: one is made from the source's name and the time
 */
public record ForkRequest(
        SandboxName source,
        int count,
        OptionalInt parallel,
        Optional<String> names,
        GuestVariables variables,
        Optional<SnapshotId> snapshotId) {
    public static ForkRequest of(SandboxName source, int count) {
        return new ForkRequest(
                source, count, OptionalInt.empty(), Optional.empty(), GuestVariables.NONE, Optional.empty());
    }
}
