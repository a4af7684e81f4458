package dev.smolvm.snapshot;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.Trimmed;
import dev.smolvm.sandbox.GuestAccess;
import dev.smolvm.sandbox.SandboxRecord;
import dev.smolvm.vmm.Vm;
import java.time.Duration;

/**
 * Has a guest give up memory that it does not need, shortly before its memory is saved: clean caches go, and what is free then
 * is filled with zeros, which take no room in a snapshot. Only the guest can do it without risk; and a VMM can take no pages back
 * from a guest whose memory is mapped from a snapshot.
 */
final class MemoryTrim {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    /** A guest under TCG clears some 150 MiB a second; what it has not done by then is saved as it is. */
    private static final Duration TIME = Duration.ofSeconds(20);

    private MemoryTrim() {}

    /**
     * What the user should know of it. A guest that cannot do it is saved with all that it has.
     *
     * @throws SmolVmException conflict: the guest is paused
     */
    static String of(GuestAccess access, SandboxRecord record, Vm vm, boolean running) {
        if (!running) {
            throw new SmolVmException(
                    ErrorKind.CONFLICT,
                    "sandbox " + record.name() + " is paused, so its guest cannot trim its memory",
                    "smolvm sandbox resume " + record.name() + ", or leave --trim-memory out");
        }
        long memory = (long) record.definition().machine().memoryMib() << 20;
        try (Guest guest = access.connect(record, CONNECT)) {
            Trimmed trimmed = guest.trim(Math.max(0, memory - vm.memoryInUse()), TIME);
            return "the guest gave up " + mib(trimmed.dropped()) + " of caches, and cleared " + mib(trimmed.cleared())
                    + " of free memory";
        } catch (SmolVmException e) {
            if (e.kind() == ErrorKind.INTERRUPTED || e.kind() == ErrorKind.VM_DIED) {
                throw e;
            }
            return "the guest's memory was not trimmed: " + e.getMessage();
        }
    }

    private static String mib(long bytes) {
        return (bytes >> 20) + " MiB";
    }
}
