package dev.smolvm.snapshot;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.Frozen;
import dev.smolvm.guest.Guest;
import dev.smolvm.sandbox.GuestAccess;
import dev.smolvm.sandbox.SandboxRecord;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Holds a guest's file systems still while its disk is captured. Whatever dies, the guest thaws by itself: its agent has a
 * watchdog, and watches the connection.
 */
final class GuestSync implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final Duration WATCHDOG = Duration.ofSeconds(10);

    private final Optional<Guest> guest;
    private final Optional<Frozen> frozen;
    private final List<String> notes;

    private GuestSync(Optional<Guest> guest, Optional<Frozen> frozen, List<String> notes) {
        this.guest = guest;
        this.frozen = frozen;
        this.notes = notes;
    }

    /** @throws SmolVmException guest did not answer, where the policy requires the sync */
    static GuestSync of(GuestAccess access, SandboxRecord record, FlushPolicy policy, boolean running) {
        if (policy == FlushPolicy.SKIP) {
            return none("the guest was not synced: the disk is as after a power cut");
        }
        try {
            if (!running) {
                throw new SmolVmException(
                        ErrorKind.CONFLICT,
                        "sandbox " + record.name() + " is paused, so its guest cannot sync its disk",
                        "smolvm sandbox resume " + record.name() + ", or take it as it is with --flush-policy skip");
            }
            return sync(access.connect(record, DEADLINE));
        } catch (SmolVmException e) {
            if (policy == FlushPolicy.REQUIRED || e.kind() == ErrorKind.INTERRUPTED) {
                throw new SmolVmException(
                        e.kind(),
                        "the guest could not be synced: " + e.getMessage(),
                        e.kind() == ErrorKind.CONFLICT
                                ? e.advice()
                                : "take it without: --flush-policy best-effort, or skip",
                        e);
            }
            return none("the guest could not be synced, the disk is as after a power cut: " + e.getMessage());
        }
    }

    private static GuestSync sync(Guest guest) {
        try {
            Frozen frozen = guest.freeze(WATCHDOG, DEADLINE);
            return new GuestSync(Optional.of(guest), Optional.of(frozen), List.of());
        } catch (RuntimeException e) {
            guest.close();
            throw e;
        }
    }

    private static GuestSync none(String note) {
        return new GuestSync(Optional.empty(), Optional.empty(), List.of(note));
    }

    List<String> notes() {
        return notes;
    }

    @Override
    public void close() {
        try {
            frozen.ifPresent(Frozen::close);
        } catch (SmolVmException e) {
            // The agent's watchdog thaws; the layers have been switched or not by now.
            if (e.kind() == ErrorKind.INTERRUPTED) {
                throw e;
            }
        } finally {
            guest.ifPresent(Guest::close);
        }
    }
}
