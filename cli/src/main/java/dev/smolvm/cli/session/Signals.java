package dev.smolvm.cli.session;

import java.util.function.IntConsumer;

/** The process's signals. */
public interface Signals {
    /** From now on SIGINT, SIGTERM and SIGHUP interrupt this thread, so that it can undo what it began. */
    void interruptOnSignal(Thread worker);

    /** Whether a signal interrupted the worker. */
    boolean interrupted();

    /** Until the result is closed, the first SIGINT, SIGTERM or SIGHUP goes to {@code target} as its number instead. */
    Subscription forward(IntConsumer target);

    /** Until the result is closed, {@code action} runs when the terminal's size changed. */
    Subscription onResize(Runnable action);

    /** {@code action} runs before the process ends without unwinding, after a second signal. */
    Subscription beforeHalt(Runnable action);

    /** Ends on close. */
    interface Subscription extends AutoCloseable {
        @Override
        void close();
    }
}
