package dev.smolvm.cli.command.host;

import java.util.ArrayDeque;
import java.util.Deque;

/** What is to be undone at the end, the last first; a failure does not keep the rest from being undone. */
final class Cleanup implements AutoCloseable {
    private final Deque<Runnable> actions = new ArrayDeque<>();

    void add(Runnable action) {
        actions.push(action);
    }

    void cancel() {
        actions.clear();
    }

    @Override
    public void close() {
        // An interruption has done its work by now; it must not keep the sandbox from being deleted.
        boolean interrupted = Thread.interrupted();
        RuntimeException failed = null;
        while (!actions.isEmpty()) {
            try {
                actions.pop().run();
            } catch (RuntimeException e) {
                if (failed == null) {
                    failed = e;
                } else {
                    failed.addSuppressed(e);
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (failed != null) {
            throw failed;
        }
    }
}
