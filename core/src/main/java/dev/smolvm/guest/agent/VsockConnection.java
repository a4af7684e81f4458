package dev.smolvm.guest.agent;

import dev.smolvm.guest.GuestAddress;
import dev.smolvm.os.UnixSockets;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** Connections to a guest's vsock through the socket of its VMM; see {@link GuestAddress.Vsock}. */
final class VsockConnection {
    /** {@code "OK "}, a number of at most ten digits, and the end of the line. */
    private static final int MAX_ANSWER = 32;

    private VsockConnection() {}

    /** @throws EOFException nobody listens in the guest (yet) */
    static SocketChannel open(GuestAddress.Vsock address, Deadline deadline) throws IOException {
        SocketChannel channel = UnixSockets.connect(address.socket());
        // A paused guest answers never.
        try (Watchdog watchdog = new Watchdog(() -> close(channel))) {
            watchdog.arm(deadline);
            channel.write(
                    ByteBuffer.wrap(("CONNECT " + GuestAddress.Vsock.PORT + "\n").getBytes(StandardCharsets.US_ASCII)));
            awaitOk(channel);
            return channel;
        } catch (java.nio.channels.ClosedByInterruptException e) {
            close(channel);
            throw e;
        } catch (java.nio.channels.ClosedChannelException e) {
            throw new DeadlineException();
        } catch (IOException | RuntimeException e) {
            close(channel);
            throw e;
        }
    }

    /** Byte by byte: what follows the line is the agent's. */
    private static void awaitOk(SocketChannel channel) throws IOException {
        ByteBuffer one = ByteBuffer.allocate(1);
        StringBuilder line = new StringBuilder();
        while (true) {
            if (channel.read(one.clear()) < 0) {
                throw new EOFException("nobody listens in the guest");
            }
            char next = (char) one.get(0);
            if (next == '\n') {
                break;
            }
            line.append(next);
            if (line.length() > MAX_ANSWER) {
                throw new ProtocolException("the VMM's answer to a connection is too long");
            }
        }
        if (!line.toString().startsWith("OK ")) {
            throw new ProtocolException("the VMM does not confirm the connection");
        }
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // As good as closed.
        }
    }
}
