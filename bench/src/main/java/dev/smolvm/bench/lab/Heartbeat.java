package dev.smolvm.bench.lab;

import dev.smolvm.SmolVm;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.Guest;
import dev.smolvm.store.SandboxName;
import java.io.OutputStream;
import java.time.Duration;

/** A guest's process that writes a line every millisecond: a gap between two lines is a pause as seen from outside. */
public final class Heartbeat extends OutputStream {
    private static final ExecRequest BEAT = ExecRequest.of("sh", "-c", "while :; do echo x; usleep 1000; done");

    private long last;
    private long longest;

    private Heartbeat() {}

    public static Heartbeat of(SmolVm vm, SandboxName name) {
        Heartbeat heartbeat = new Heartbeat();
        Thread.ofPlatform().daemon().start(() -> {
            try (Guest guest = vm.sandboxes().connect(name, Duration.ofSeconds(60))) {
                guest.exec(BEAT, ExecIo.of(ExecIo.NO_INPUT, heartbeat, heartbeat));
            } catch (SmolVmException e) {
                // The sandbox was restored or deleted, and this session with it.
            }
        });
        return heartbeat;
    }

    /**
     * In milliseconds.
     *
     * @throws IllegalStateException there was no beat
     */
    public double longestGapDuring(Runnable action) {
        synchronized (this) {
            longest = 0;
        }
        action.run();
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
    }
}
