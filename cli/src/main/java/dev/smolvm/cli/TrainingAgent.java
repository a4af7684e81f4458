package dev.smolvm.cli;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/**
 * An agent that agrees to everything, for the training run: the real one gives no new identity to the machine that it is built
 * on. The protocol is that of docs/control-channel.md, as far as new sandboxes need it.
 */
final class TrainingAgent implements Closeable {
    private static final int HELLO = 1;
    private static final int PING = 2;
    private static final int EXEC = 3;
    private static final int STDIN = 4;
    private static final int BYE = 19;

    private static final int HELLO_ACK = 0x81;
    private static final int PONG = 0x82;
    private static final int STARTED = 0x83;
    private static final int EXIT = 0x86;
    private static final int OK = 0x90;
    private static final int BYE_ACK = 0x92;

    private final ServerSocketChannel server;

    TrainingAgent(Path socket) throws IOException {
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        Thread.ofPlatform().daemon().start(this::serve);
    }

    private void serve() {
        while (server.isOpen()) {
            try (SocketChannel peer = server.accept()) {
                while (true) {
                    answer(peer);
                }
            } catch (IOException e) {
                // The command has what it wanted; if not, it fails, and the build with it.
                continue;
            }
        }
    }

    private static void answer(SocketChannel peer) throws IOException {
        ByteBuffer type = read(peer, 1);
        if (type.get(0) == 0) {
            return;
        }
        read(peer, 3);
        ByteBuffer payload = read(peer, read(peer, Integer.BYTES).getInt());
        switch (type.get(0)) {
            // The version and the nonce, and no version of its own.
            case HELLO -> send(peer, HELLO_ACK, payload.array(), new byte[Short.BYTES]);
            case PING -> send(peer, PONG, new byte[Long.BYTES + Integer.BYTES + Long.BYTES]);
            case EXEC -> {
                send(peer, STARTED, new byte[Integer.BYTES]);
                send(peer, EXIT, new byte[1 + Integer.BYTES]);
            }
            case STDIN -> {}
            case BYE -> send(peer, BYE_ACK);
            default -> send(peer, OK);
        }
    }

    private static ByteBuffer read(SocketChannel peer, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (peer.read(buffer) < 0) {
                throw new EOFException();
            }
        }
        return buffer.flip();
    }

    private static void send(SocketChannel peer, int type, byte[]... parts) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        frame.putInt(type).putInt(0);
        for (byte[] part : parts) {
            frame.put(part);
        }
        frame.putInt(Integer.BYTES, frame.position() - 2 * Integer.BYTES);
        peer.write(frame.flip());
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
