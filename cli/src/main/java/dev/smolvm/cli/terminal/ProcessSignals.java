package dev.smolvm.cli.terminal;

import dev.smolvm.cli.session.Signals;
import dev.smolvm.error.ErrorKind;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/** Signals through {@code sun.misc.Signal}, the only way a JVM has. */
public final class ProcessSignals implements Signals {
    private static final int SIGHUP = 1;
    private static final int SIGINT = 2;
    private static final int SIGTERM = 15;

    private final AtomicInteger seen = new AtomicInteger();
    private final AtomicReference<IntConsumer> target = new AtomicReference<>();
    private final AtomicReference<Runnable> resized = new AtomicReference<>();
    private final AtomicReference<Runnable> lastAct = new AtomicReference<>();
    private volatile boolean interrupted;
    private volatile Thread worker;

    @Override
    public void interruptOnSignal(Thread thread) {
        boolean first = worker == null;
        worker = thread;
        if (first) {
            handle("INT", () -> ending(SIGINT));
            handle("TERM", () -> ending(SIGTERM));
            handle("HUP", () -> ending(SIGHUP));
        }
    }

    @Override
    public boolean interrupted() {
        return interrupted;
    }

    @Override
    public Subscription forward(IntConsumer to) {
        target.set(to);
        return () -> target.compareAndSet(to, null);
    }

    @Override
    public Subscription onResize(Runnable action) {
        resized.set(action);
        handle("WINCH", () -> {
            Runnable current = resized.get();
            if (current != null) {
                current.run();
            }
        });
        return () -> resized.compareAndSet(action, null);
    }

    @Override
    public Subscription beforeHalt(Runnable action) {
        lastAct.set(action);
        return () -> lastAct.compareAndSet(action, null);
    }

    /** The first signal asks nicely; the second leaves at once, and the next command clears what is left. */
    private void ending(int number) {
        if (seen.incrementAndGet() > 1) {
            Runnable last = lastAct.get();
            if (last != null) {
                last.run();
            }
            ProcessEnd.now(ErrorKind.INTERRUPTED.exitCode());
        }
        IntConsumer forward = target.get();
        if (forward == null) {
            interrupted = true;
            worker.interrupt();
        } else {
            forward.accept(number);
        }
    }

    private static void handle(String name, Runnable action) {
        Signal signal = new Signal(name);
        SignalHandler before;
        try {
            before = Signal.handle(signal, _ -> action.run());
        } catch (IllegalArgumentException e) {
            // The JVM keeps it to itself, as with -Xrs.
            return;
        }
        if (before == SignalHandler.SIG_IGN) {
            // Whoever started us (nohup, a shell's background job) wants it ignored.
            Signal.handle(signal, before);
        }
    }
}
