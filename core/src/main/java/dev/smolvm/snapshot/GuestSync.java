package dev.smolvm.snapshot;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.Frozen;
import dev.smolvm.guest.Guest;
import dev.smolvm.sandbox.GuestAccess;
import dev.smolvm.sandbox.SandboxRecord;
import java.time.Duration;
import java.util.ArrayList;
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
    /** When the guest was asked to freeze, so that its watchdog cannot have run out before this and the watchdog's time. */
    private final long since;

    private final FlushPolicy policy;
    private final List<String> notes;

    private GuestSync(
            Optional<Guest> guest, Optional<Frozen> frozen, long since, FlushPolicy policy, List<String> notes) {
        this.guest = guest;
        this.frozen = frozen;
        this.since = since;
        this.policy = policy;
        this.notes = new ArrayList<>(notes);
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
            return sync(access.connect(record, DEADLINE), policy);
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

    private static GuestSync sync(Guest guest, FlushPolicy policy) {
        long since = System.nanoTime();
        try {
            Frozen frozen = guest.freeze(WATCHDOG, DEADLINE);
            return new GuestSync(Optional.of(guest), Optional.of(frozen), since, policy, List.of());
        } catch (RuntimeException e) {
            guest.close();
            throw e;
        }
    }

    private static GuestSync none(String note) {
        return new GuestSync(Optional.empty(), Optional.empty(), 0, FlushPolicy.SKIP, List.of(note));
    }

    List<String> notes() {
        return notes;
    }

    /**
     * Thaws, once the disk is captured.
     *
     * @throws SmolVmException guest did not answer: it had thawed before, and the policy requires the sync
     */
    void captured() {
        boolean held = System.nanoTime() - since < WATCHDOG.toNanos();
        try {
            frozen.ifPresent(Frozen::close);
        } catch (SmolVmException e) {
            if (e.kind() == ErrorKind.INTERRUPTED) {
                throw e;
            }
            // Whether it did not answer or says that it had thawed by itself: it thaws, and only the time counts.
            if (!held) {
                tooLate(e);
            }
        }
    }

    private void tooLate(SmolVmException cause) {
        String what = "the guest's watchdog thawed its file systems before its disk was captured";
        if (policy == FlushPolicy.REQUIRED) {
            throw new SmolVmException(
                    ErrorKind.GUEST_UNRESPONSIVE,
                    what,
                    "run the same command again, or take it without: --flush-policy best-effort, or skip",
                    cause);
        }
        notes.add(what + ": it is as after a power cut");
    }

    /** Ends the session, and with it whatever is still frozen. */
    @Override
    public void close() {
        guest.ifPresent(Guest::close);
    }
}
