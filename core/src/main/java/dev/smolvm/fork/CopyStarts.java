package dev.smolvm.fork;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.Uninterrupted;
import dev.smolvm.store.SandboxName;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Starts copies, some at a time. */
final class CopyStarts {
    /** Starts one. */
    interface Start {
        ForkedCopy of(int index, SandboxName name);
    }

    private CopyStarts() {}

    /**
     * What became of all of them, in order. Interrupted, it ends those that are being started and begins no further ones; when
     * it returns, whatever was started is up or gone.
     */
    static List<ForkedCopy> run(List<SandboxName> names, int parallel, Start start, Progress progress) {
        // Not virtual threads: file locks and file writes hold their carriers, of which there are few.
        ExecutorService threads = Executors.newFixedThreadPool(parallel);
        try {
            ExecutorCompletionService<ForkedCopy> done = new ExecutorCompletionService<>(threads);
            List<Future<ForkedCopy>> copies = new ArrayList<>();
            for (int i = 0; i < names.size(); i++) {
                copies.add(done.submit(guarded(i + 1, names.get(i), start)));
            }
            try {
                for (int i = 1; i <= names.size(); i++) {
                    done.take();
                    progress.advance(i, names.size());
                }
            } catch (InterruptedException e) {
                threads.shutdownNow();
                Uninterrupted.run(() -> awaitEnd(threads));
                Thread.currentThread().interrupt();
            }
            return results(names, copies);
        } finally {
            threads.shutdownNow();
        }
    }

    private static Callable<ForkedCopy> guarded(int index, SandboxName name, Start start) {
        return () -> {
            try {
                return start.of(index, name);
            } catch (SmolVmException e) {
                return new ForkedCopy.Failed(index, name, e);
            } catch (RuntimeException e) {
                return new ForkedCopy.Failed(
                        index,
                        name,
                        new SmolVmException(
                                ErrorKind.UNEXPECTED,
                                "unexpected: " + e,
                                "this is a fault in smolvm; run it again with --verbose and report what it prints",
                                e));
            }
        };
    }

    private static void awaitEnd(ExecutorService threads) {
        try {
            while (!threads.awaitTermination(1, TimeUnit.MINUTES)) {
                // Each waits for a VMM with a deadline of its own.
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<ForkedCopy> results(List<SandboxName> names, List<Future<ForkedCopy>> copies) {
        List<ForkedCopy> results = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            results.add(
                    copies.get(i).isDone() && !copies.get(i).isCancelled()
                            ? copies.get(i).resultNow()
                            : new ForkedCopy.Failed(
                                    i + 1,
                                    names.get(i),
                                    new SmolVmException(ErrorKind.INTERRUPTED, "not started: interrupted", "")));
        }
        return results;
    }
}
