package dev.smolvm.guest.agent;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** How many bytes of input the guest still takes. */
final class StdinWindow {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private long bytes;
    private boolean closed;

    StdinWindow(long bytes) {
        this.bytes = bytes;
    }

    void grant(long more) {
        lock.lock();
        try {
            bytes = Math.min(bytes + more, Integer.MAX_VALUE);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for room; 0 once nothing may be sent any more. */
    int await(int most) {
        lock.lock();
        try {
            while (bytes == 0 && !closed) {
                changed.awaitUninterruptibly();
            }
            return closed ? 0 : (int) Math.min(bytes, most);
        } finally {
            lock.unlock();
        }
    }

    void use(int count) {
        lock.lock();
        try {
            bytes -= count;
        } finally {
            lock.unlock();
        }
    }

    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }
}
