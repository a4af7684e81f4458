package dev.smolvm.checkpoint;

import java.time.Duration;
import java.util.Optional;

/** Interrupts the thread that made it when a time has passed, unless it is closed before. */
final class TimeLimit implements AutoCloseable {
    private final Thread waiting = Thread.currentThread();
    private final Optional<Thread> timer;
    private boolean closed;
    private boolean passed;

    private TimeLimit(Optional<Duration> limit) {
        timer = limit.map(
                time -> Thread.ofPlatform().daemon().name("smolvm-time-limit").start(() -> await(time)));
    }

    /** @param limit empty: none */
    static TimeLimit of(Optional<Duration> limit) {
        return new TimeLimit(limit);
    }

    private void await(Duration limit) {
        try {
            Thread.sleep(limit);
        } catch (InterruptedException e) {
            return;
        }
        synchronized (this) {
            if (!closed) {
                passed = true;
                waiting.interrupt();
            }
        }
    }

    synchronized boolean passed() {
        return passed;
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        timer.ifPresent(Thread::interrupt);
    }
}
