package dev.smolvm.sandbox;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.Guest;
import dev.smolvm.vmm.VmState;
import java.time.Duration;

/**
 * Ends a session once its guest has powered itself off: the VMM stays, for its disks, and so does the connection, on which
 * nobody would ever answer any more.
 */
final class PowerWatch implements AutoCloseable {
    private static final Duration PERIOD = Duration.ofSeconds(1);

    private final Liveness liveness;
    private final SandboxRecord record;
    private final Thread thread;
    private volatile boolean poweredOff;

    private PowerWatch(Liveness liveness, SandboxRecord record, Guest guest) {
        this.liveness = liveness;
        this.record = record;
        // A platform thread, since the first virtual one costs a process 12 ms.
        this.thread = new Thread(() -> watch(guest), "smolvm-power-watch");
        thread.setDaemon(true);
    }

    static PowerWatch over(Liveness liveness, SandboxRecord record, Guest guest) {
        PowerWatch watch = new PowerWatch(liveness, record, guest);
        watch.thread.start();
        return watch;
    }

    private void watch(Guest guest) {
        try {
            do {
                Thread.sleep(PERIOD);
            } while (!isOff());
            poweredOff = true;
            guest.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A VMM that has died closes the connection by itself, and one that hangs may come back. */
    private boolean isOff() {
        try {
            return liveness.observe(record) == VmState.POWERED_OFF;
        } catch (SmolVmException e) {
            return false;
        }
    }

    /** Whether the session was ended for it. */
    boolean poweredOff() {
        return poweredOff;
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
