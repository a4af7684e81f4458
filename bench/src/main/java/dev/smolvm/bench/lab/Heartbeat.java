package dev.smolvm.bench.lab;

import dev.smolvm.SmolVm;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.Guest;
import dev.smolvm.store.SandboxName;
import java.io.OutputStream;
import java.time.Duration;
import java.util.function.Supplier;

/** A guest's process that writes a line every millisecond: a gap between two lines is a pause as seen from outside. */
public final class Heartbeat extends OutputStream {
    /** Busybox has usleep, and Debian does not. */
    private static final ExecRequest BEAT = ExecRequest.of(
            "sh",
            "-c",
            """
            command -v usleep >/dev/null && while :; do echo x; usleep 1000; done
            exec python3 -uc 'import time
            while True: print("x"); time.sleep(0.001)'
            """);

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private long last;
    private long longest;

    private Heartbeat() {}

    public static Heartbeat of(SmolVm vm, SandboxName name) {
        return of(() -> vm.sandboxes().connect(name, PATIENCE));
    }

    /** @param session with any guest that smolvm can talk to; it ends with the guest's process */
    public static Heartbeat of(Supplier<Guest> session) {
        Heartbeat heartbeat = new Heartbeat();
        Thread.ofPlatform().daemon().start(() -> {
            try (Guest guest = session.get()) {
                guest.exec(BEAT, ExecIo.of(ExecIo.NO_INPUT, heartbeat, heartbeat));
            } catch (SmolVmException e) {
                // The sandbox was restored or deleted, and this session with it.
            }
        });
        return heartbeat;
    }

    /**
     * Waits for the next beat; returns its {@link System#nanoTime}.
     *
     * @throws IllegalStateException there was none
     */
    public synchronized long awaitBeat() throws InterruptedException {
        long before = last;
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (last == before) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("the guest's heartbeat has stopped");
            }
            wait(100);
        }
        return last;
    }

    /** The {@link System#nanoTime} of the last beat so far. */
    public synchronized long lastBeat() {
        return last;
    }

    /** What is watched. */
    @FunctionalInterface
    public interface Action<E extends Exception> {
        void run() throws E;
    }

    /**
     * In milliseconds, with the gap that lasts when the action ends.
     *
     * @throws IllegalStateException there was no beat
     */
    public <E extends Exception> double longestGapDuring(Action<E> action) throws E, InterruptedException {
        synchronized (this) {
            longest = 0;
        }
        action.run();
        awaitBeat();
        return longest();
    }

    /** @param millis how long is listened */
    public double longestGapIn(long millis) throws InterruptedException {
        synchronized (this) {
            longest = 0;
        }
        Thread.sleep(millis);
        return longest();
    }

    private synchronized double longest() {
        if (longest == 0) {
            throw new IllegalStateException("the guest's heartbeat has stopped");
        }
        return longest / 1e6;
    }

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
        long now = System.nanoTime();
        if (last != 0) {
            longest = Math.max(longest, now - last);
        }
        last = now;
        notifyAll();
    }
}
