package dev.smolvm.os;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/**
 * Runs what has to be finished although its thread was interrupted: undoing, above all. An interrupted thread cannot even
 * write to a channel, since the JDK closes the channel under it. The interruption is put back afterwards.
 */
public final class Uninterrupted {
    private Uninterrupted() {}

    /** On a thread of its own, because an interruption may also come while the work goes on. */
    public static <T> T get(Supplier<T> work) {
        FutureTask<T> task = new FutureTask<>(work::get);
        Thread.ofPlatform().name("uninterrupted").start(task);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    switch (e.getCause()) {
                        case RuntimeException failure -> throw failure;
                        case Error error -> throw error;
                        default -> throw new IllegalStateException(e.getCause());
                    }
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    public static void run(Runnable work) {
        Uninterrupted.<Void>get(() -> {
            work.run();
            return null;
        });
    }
}
