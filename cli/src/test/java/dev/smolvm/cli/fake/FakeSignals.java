package dev.smolvm.cli.fake;

import dev.smolvm.cli.session.Signals;
import java.util.function.IntConsumer;

/** Signals that a test sends. */
public final class FakeSignals implements Signals {
    public IntConsumer target;
    public Runnable resized;
    public boolean interrupted;

    @Override
    public void interruptOnSignal(Thread worker) {}

    @Override
    public boolean interrupted() {
        return interrupted;
    }

    @Override
    public Subscription forward(IntConsumer to) {
        target = to;
        return () -> target = null;
    }

    @Override
    public Subscription onResize(Runnable action) {
        resized = action;
        return () -> resized = null;
    }

    @Override
    public Subscription beforeHalt(Runnable action) {
        return () -> {};
    }
}
