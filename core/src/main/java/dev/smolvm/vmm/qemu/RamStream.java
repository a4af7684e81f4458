package dev.smolvm.vmm.qemu;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.SparseFile;
import dev.smolvm.os.UnixSockets;
import dev.smolvm.store.DurableFiles;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Receives the memory of a QEMU that can write it only as a stream, over a unix socket beside the memory file. QEMU's own ways
 * to a file need a later version, and to a program another process, which its confinement forbids.
 */
final class RamStream implements AutoCloseable {
    private static final Duration REST = Duration.ofSeconds(60);
    private static final int BUFFER = 1 << 20;

    private final Path memory;
    private final Path socket;
    private final ServerSocketChannel server;
    private final CompletableFuture<Long> bytes = new CompletableFuture<>();

    private RamStream(Path memory, Path socket, ServerSocketChannel server) {
        this.memory = memory;
        this.socket = socket;
        this.server = server;
    }

    /** Begins to listen; the file must not exist. */
    static RamStream into(Path memory) throws IOException {
        Path socket = memory.resolveSibling("memory.sock");
        DurableFiles.createFile(memory);
        RamStream stream = new RamStream(memory, socket, UnixSockets.listen(socket));
        Thread.ofPlatform().name("smolvm-memory").daemon().start(stream::receive);
        return stream;
    }

    /** For QEMU, whose working directory is a sibling of the file's. */
    String uri() {
        return "unix:../" + socket.getParent().getFileName() + "/" + socket.getFileName();
    }

    private void receive() {
        try (SocketChannel channel = server.accept();
                InputStream stream = new BufferedInputStream(Channels.newInputStream(channel), BUFFER);
                FileChannel out =
                        FileChannel.open(memory, Set.of(StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
                SparseFile holes = SparseFile.openForWriting(memory)) {
            long read = new RamStreamReader(new DataInputStream(stream), QemuCommandLine.RAM, out, holes).read();
            // Devices: those come in a file of their own.
            stream.transferTo(java.io.OutputStream.nullOutputStream());
            bytes.complete(read);
        } catch (IOException | RuntimeException e) {
            bytes.completeExceptionally(e);
        }
    }

    /** Where the host's side has failed already: that is why QEMU's side does. */
    void requireSound() {
        if (bytes.isCompletedExceptionally()) {
            await();
        }
    }

    /**
     * Waits for the end of the stream.
     *
     * @return the size of the guest's memory, in bytes
     * @throws SmolVmException no space; integrity: QEMU's stream is not what it should be
     */
    long await() {
        try {
            return bytes.get(REST.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw SmolVmException.of("save memory to " + memory, cause);
            }
            throw new SmolVmException(
                    ErrorKind.INTEGRITY,
                    "the memory that QEMU sent cannot be read: " + e.getCause().getMessage(),
                    "",
                    e);
        } catch (TimeoutException e) {
            throw new SmolVmException(
                    ErrorKind.GUEST_UNRESPONSIVE,
                    "QEMU did not send all memory in time",
                    "run the same command again",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SmolVmException(ErrorKind.INTERRUPTED, "interrupted while memory is saved", "", e);
        }
    }

    @Override
    public void close() {
        try {
            server.close();
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            // It goes with its directory.
        }
    }
}
