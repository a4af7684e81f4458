package dev.smolvm.faults;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A hostile guest on the first port of a running sandbox, in place of the agent's socket, which comes back on close. Frames
 * are as in docs/control-channel.md.
 */
final class FakePort implements AutoCloseable {
    static final int FREEZE = 14;
    static final int THAW = 15;
    static final int OK = 0x90;
    private static final int HELLO = 1;
    private static final int HELLO_ACK = 0x81;
    private static final int NONCE = 16;

    private final Path socket;
    private final Path real;
    private final ServerSocketChannel server;
    private final Thread thread;

    interface Script {
        void run(SocketChannel client) throws IOException, InterruptedException;
    }

    FakePort(Path run, Script script) throws IOException {
        socket = run.resolve("agent-0.sock");
        real = run.resolve("agent-0.real");
        Files.move(socket, real);
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        thread = Thread.ofPlatform().daemon().start(() -> serve(script));
    }

    private void serve(Script script) {
        while (true) {
            try (SocketChannel client = server.accept()) {
                script.run(client);
            } catch (IOException e) {
                if (!server.isOpen()) {
                    return;
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Greets, and returns when the other end asks for something. */
    static int greet(SocketChannel client) throws IOException {
        ByteBuffer hello = payload(client, HELLO);
        byte[] nonce = new byte[NONCE];
        hello.position(2).get(nonce);
        send(
                client,
                HELLO_ACK,
                ByteBuffer.allocate(2 + NONCE + 2)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putShort((short) 1)
                        .put(nonce)
                        .putShort((short) 0)
                        .array());
        return skipFrame(client);
    }

    /** Reads a frame and throws it away; returns its type. */
    static int skipFrame(SocketChannel client) throws IOException {
        ByteBuffer header = header(client);
        read(client, header.getInt(4));
        return header.get(0) & 0xFF;
    }

    private static ByteBuffer payload(SocketChannel client, int type) throws IOException {
        ByteBuffer header = header(client);
        ByteBuffer payload = read(client, header.getInt(4));
        if ((header.get(0) & 0xFF) != type) {
            throw new IOException("a frame of type " + header.get(0));
        }
        return payload;
    }

    /** The next frame's header, after any number of NOPs. */
    private static ByteBuffer header(SocketChannel client) throws IOException {
        byte type = read(client, 1).get();
        while (type == 0) {
            type = read(client, 1).get();
        }
        return ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(type)
                .put(read(client, 7))
                .flip();
    }

    private static ByteBuffer read(SocketChannel client, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            if (client.read(bytes) < 0) {
                throw new EOFException();
            }
        }
        return bytes.flip();
    }

    static void send(SocketChannel client, int type, byte... payload) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(8 + payload.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(type)
                .putInt(payload.length)
                .put(payload)
                .flip();
        while (frame.hasRemaining()) {
            client.write(frame);
        }
    }

    @Override
    public void close() throws IOException {
        thread.interrupt();
        server.close();
        Files.move(real, socket, StandardCopyOption.REPLACE_EXISTING);
    }
}
