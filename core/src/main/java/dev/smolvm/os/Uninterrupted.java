package dev.smolvm.os;

import java.util.function.Supplier;

/**
 * Runs what has to be finished although its thread was interrupted: undoing, above all. An interrupted thread cannot even
 * write to a channel, since the JDK closes the channel under it. The interruption is put back afterwards.
 */
public final class Uninterrupted {
    private Uninterrupted() {}

    public static <T> T get(Supplier<T> work) {
        boolean interrupted = Thread.interrupted();
        try {
            return work.get();
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
