package dev.smolvm.vmm.firecracker;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.io.IOException;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * How a conversation with Firecracker fails, as exceptions of ours.
 *
 * @param peer names the other end, such as {@code sandbox s1}
 * @param alive whether the process is there
 */
record ApiFailures(String peer, BooleanSupplier alive) {
    /** An error ends the process only after its answer is sent, so its sockets close a moment before it is gone. */
    private static final Duration DYING = Duration.ofSeconds(1);

    SmolVmException unreachable(IOException cause) {
        return new SmolVmException(
                ErrorKind.GUEST_UNRESPONSIVE,
                peer + ": Firecracker's socket cannot be reached: " + cause.getMessage(),
                "smolvm sandbox stop --force NAME ends it",
                cause);
    }

    SmolVmException late(String request, IOException cause) {
        return new SmolVmException(
                ErrorKind.GUEST_UNRESPONSIVE,
                peer + ": Firecracker did not answer " + request + " in time",
                "try again; if it stays so: smolvm sandbox stop --force NAME",
                cause);
    }

    /** The connection is gone: either the process ends, or it breaks the protocol. */
    SmolVmException lost(String request, IOException cause) {
        long end = System.nanoTime() + DYING.toNanos();
        while (alive.getAsBoolean()) {
            if (System.nanoTime() > end) {
                return broken(request + " was not answered: " + cause.getMessage(), cause);
            }
            pause();
        }
        return died("the answer to " + request, cause);
    }

    SmolVmException died(String what, IOException cause) {
        return new SmolVmException(
                ErrorKind.VM_DIED,
                peer + ": Firecracker ended while smolvm waited for " + what + " (" + cause.getMessage() + ")",
                "smolvm sandbox start NAME boots it again from its disk",
                cause);
    }

    SmolVmException broken(String what, Exception cause) {
        return new SmolVmException(
                ErrorKind.INTEGRITY, peer + ": Firecracker's API broke the protocol: " + what, "", cause);
    }

    SmolVmException interrupted(Exception cause) {
        Thread.currentThread().interrupt();
        return new SmolVmException(ErrorKind.INTERRUPTED, peer + ": interrupted", "", cause);
    }

    void pause() {
        try {
            Thread.sleep(1);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }
}
