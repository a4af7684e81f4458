package dev.smolvm.vmm.firecracker.fake;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Host-initiated connections (docs/vsock.md). The socket listens from the moment it is configured; connections are taken only
 * while the guest runs, because a paused Firecracker does nothing but answer its API.
 */
final class Vsock implements AutoCloseable {
    private static final int AGENT_PORT = 5000;
    private static final int FIRST_HOST_PORT = 1 << 30;
    private static final Pattern CONNECT = Pattern.compile("(?i)connect +([0-9]{1,10})\\s*\n(.*)", Pattern.DOTALL);

    private final ServerSocketChannel server;
    private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
    private final Set<SocketChannel> doomed = ConcurrentHashMap.newKeySet();
    private final AtomicInteger hostPorts = new AtomicInteger(FIRST_HOST_PORT);

    Vsock(Path path) throws Fault {
        try {
            server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            server.bind(UnixDomainSocketAddress.of(path));
        } catch (IOException e) {
            throw Fault.of("Vsock config error: Cannot create backend for vsock device: Error binding to the host-side"
                    + " Unix socket: " + e.getMessage() + " (os error 98)");
        }
    }

    /** @param agent serves a connection to its end */
    void serve(VirtualCpus cpus, Consumer<SocketChannel> agent) {
        Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    cpus.awaitRunning();
                    SocketChannel connection = server.accept();
                    Thread.ofVirtual().start(() -> connected(connection, cpus, agent));
                }
            } catch (IOException | InterruptedException e) {
                // Closed.
                return;
            }
        });
    }

    private void connected(SocketChannel connection, VirtualCpus cpus, Consumer<SocketChannel> agent) {
        open.add(connection);
        try (connection) {
            cpus.awaitRunning();
            ByteBuffer line = ByteBuffer.allocate(32);
            // As in Firecracker: the command has to be there as a whole at the first look.
            connection.read(line);
            Matcher command = CONNECT.matcher(StandardCharsets.ISO_8859_1.decode(line.flip()));
            if (!command.matches() || !command.group(2).isEmpty() || Long.parseLong(command.group(1)) != AGENT_PORT) {
                return;
            }
            cpus.awaitRunning();
            byte[] ok = ("OK " + hostPorts.getAndIncrement() + "\n").getBytes(StandardCharsets.US_ASCII);
            connection.write(ByteBuffer.wrap(ok));
            agent.accept(connection);
        } catch (IOException | InterruptedException e) {
            // The other end went, or the machine ends.
            return;
        } finally {
            open.remove(connection);
        }
    }

    /** A snapshot tells the guest's driver that its transport was reset; it closes what is open when it runs again. */
    void reset() {
        doomed.addAll(open);
    }

    void resumed() {
        for (SocketChannel connection : doomed) {
            closeQuietly(connection);
        }
        doomed.clear();
    }

    private static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            // Closed all the same.
            return;
        }
    }

    @Override
    public void close() {
        closeQuietly(server);
        open.forEach(Vsock::closeQuietly);
    }
}
