package dev.smolvm.inspect;

import java.time.Duration;

/** Does something when nothing was heard for too long, or when it all takes too long; on a thread of its own. */
final class Patience implements AutoCloseable {
    private final long silenceNanos;
    private final long end;
    private final Runnable enough;
    private long heard = System.nanoTime();
    private boolean closed;
    private boolean lost;

    private Patience(Duration silence, Duration whole, Runnable enough) {
        this.silenceNanos = silence.toNanos();
        this.end = System.nanoTime() + whole.toNanos();
        this.enough = enough;
    }

    static Patience of(Duration silence, Duration whole, Runnable enough) {
        Patience patience = new Patience(silence, whole, enough);
        Thread thread = new Thread(patience::watch, "smolvm-patience");
        thread.setDaemon(true);
        thread.start();
        return patience;
    }

    synchronized void heard() {
        heard = System.nanoTime();
    }

    private void watch() {
        if (outlasted()) {
            enough.run();
        }
    }

    private synchronized boolean outlasted() {
        while (!closed) {
            long now = System.nanoTime();
            long left = Math.min(heard + silenceNanos - now, end - now);
            if (left <= 0) {
                lost = true;
                return true;
            }
            try {
                wait(left / 1_000_000 + 1);
            } catch (InterruptedException e) {
                return false;
            }
        }
        return false;
    }

    /** Whether it ran out. */
    synchronized boolean lost() {
        return lost;
    }

    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }
}
