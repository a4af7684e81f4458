package dev.smolvm.sandbox;

import dev.smolvm.os.ProcessIdentity;
import java.time.Duration;

/**
 * Interrupts a thread that waits for a guest when its VMM ends: some VMMs take nothing with them that the wait would notice.
 * Nobody else's interruption is lost.
 */
public final class VmmWatch implements AutoCloseable {
    private static final Duration LOOK = Duration.ofMillis(50);

    private final Thread waiting;
    private final ProcessIdentity vmm;
    private final Thread watcher;
    private boolean closed;
    private boolean ended;

    private VmmWatch(Thread waiting, ProcessIdentity vmm) {
        this.waiting = waiting;
        this.vmm = vmm;
        this.watcher = new Thread(this::watch, "smolvm-vmm-watch");
    }

    /** Until it is closed, by this thread. */
    public static VmmWatch of(ProcessIdentity vmm) {
        VmmWatch watch = new VmmWatch(Thread.currentThread(), vmm);
        watch.watcher.setDaemon(true);
        watch.watcher.start();
        return watch;
    }

    private void watch() {
        while (!vmm.awaitEnd(LOOK)) {
            if (isClosed()) {
                return;
            }
        }
        synchronized (this) {
            if (!closed) {
                ended = true;
                waiting.interrupt();
            }
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    /** Whether the VMM has ended, and this thread was interrupted for it. */
    public synchronized boolean ended() {
        return ended;
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (ended) {
            // Ours.
            Thread.interrupted();
        }
    }
}
