package dev.smolvm.snapshot;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.Guest;
import dev.smolvm.sandbox.GuestAccess;
import dev.smolvm.sandbox.SandboxRecord;
import java.time.Duration;
import java.util.List;

/**
 * Lets a guest write out what it holds back, shortly before its whole machine is saved. The snapshot is complete without, since
 * it has the guest's memory; but {@code snapshot diff} and {@code copy} look at its disk alone.
 */
final class BeforehandFlush {
    /** A guest that does not answer must not hold a snapshot up for long. */
    private static final Duration CONNECT = Duration.ofSeconds(2);

    private static final Duration FLUSH = Duration.ofSeconds(5);

    private BeforehandFlush() {}

    /** What the user should know of it. */
    static List<String> of(GuestAccess access, SandboxRecord record, FlushPolicy policy, boolean running) {
        if (policy == FlushPolicy.SKIP || !running || !record.definition().agent()) {
            return List.of();
        }
        try (Guest guest = access.connect(record, CONNECT)) {
            guest.sync(FLUSH);
            return List.of();
        } catch (SmolVmException e) {
            if (e.kind() == ErrorKind.INTERRUPTED) {
                throw e;
            }
            return List.of("the guest was not flushed: diff and copy may miss what it wrote last, a restore does not: "
                    + e.getMessage());
        }
    }
}
