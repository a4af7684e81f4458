package dev.smolvm.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

class DurableFilesTest {
    /** As a command opens a port's lock in the run directory of a VMM that another command has just ended. */
    @RepeatedTest(20)
    void aTreeGoesThoughOthersStillPutFilesThere(@TempDir Path directory) throws Exception {
        Path tree = Files.createDirectory(directory.resolve("run"));
        AtomicBoolean stopped = new AtomicBoolean();
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Void> other = CompletableFuture.runAsync(() -> {
            try {
                while (!stopped.get()) {
                    Files.write(tree.resolve("agent-0.lock"), new byte[0]);
                    begun.countDown();
                }
            } catch (NoSuchFileException e) {
                return;
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        begun.await();

        try {
            DurableFiles.deleteTree(tree);
        } finally {
            stopped.set(true);
            other.get();
        }

        assertThat(tree).doesNotExist();
    }
}
