package dev.smolvm.os;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Unix sockets at paths of any length. An address holds 108 bytes, its end mark included (unix(7)); a longer path
 * is reached through {@code /proc/self/fd} and a descriptor of its directory.
 */
public final class UnixSockets {
    private static final int LONGEST_PATH = 107;

    private UnixSockets() {}

    /**
     * Loads on a thread of its own what the first unix socket of a process needs: about 10 ms, most of it the JDK's
     * {@code SecureRandom}, which programs can spend while they still read their command line.
     */
    public static void prepare() {
        Thread thread = new Thread(UnixSockets::openOne, "smolvm-prepare");
        thread.setDaemon(true);
        thread.start();
    }

    private static void openOne() {
        try {
            SocketChannel.open(StandardProtocolFamily.UNIX).close();
        } catch (IOException e) {
            // Whoever connects meets the same failure and reports it.
            return;
        }
    }

    /**
     * Never waits: where the peer's queue of connections is full (a stopped process), that is an error.
     *
     * @return a blocking channel
     * @throws IOException nobody listens there, or the path does not exist
     */
    public static SocketChannel connect(Path socket) throws IOException {
        if (fits(socket.toString())) {
            return connectShort(socket, socket);
        }
        Path absolute = socket.toAbsolutePath();
        int directory = Libc.open(absolute.getParent().toString(), Libc.O_PATH | Libc.O_DIRECTORY);
        try {
            return connectShort(
                    Path.of("/proc/self/fd/" + directory)
                            .resolve(absolute.getFileName().toString()),
                    socket);
        } finally {
            Libc.close(directory);
        }
    }

    /**
     * Listens for one peer at a time.
     *
     * @param socket must not exist; mode as the process's umask has it, so its directory must be private
     */
    public static ServerSocketChannel listen(Path socket) throws IOException {
        if (fits(socket.toString())) {
            return listenAt(socket);
        }
        Path absolute = socket.toAbsolutePath();
        int directory = Libc.open(absolute.getParent().toString(), Libc.O_PATH | Libc.O_DIRECTORY);
        try {
            return listenAt(Path.of("/proc/self/fd/" + directory)
                    .resolve(absolute.getFileName().toString()));
        } finally {
            Libc.close(directory);
        }
    }

    private static ServerSocketChannel listenAt(Path address) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            return server.bind(UnixDomainSocketAddress.of(address), 1);
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private static boolean fits(String path) {
        return path.getBytes(StandardCharsets.UTF_8).length <= LONGEST_PATH;
    }

    private static SocketChannel connectShort(Path address, Path named) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            // A blocking connect to a full queue would wait for ever; a non-blocking one is refused (EAGAIN,
            // connect(2)).
            channel.configureBlocking(false);
            if (!channel.connect(UnixDomainSocketAddress.of(address))) {
                throw new ConnectException(named + ": its queue of connections is full");
            }
            channel.configureBlocking(true);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }
}
