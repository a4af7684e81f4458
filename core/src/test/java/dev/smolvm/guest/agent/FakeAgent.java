package dev.smolvm.guest.agent;

import dev.smolvm.guest.Guest;
import dev.smolvm.guest.GuestAddress;
import dev.smolvm.guest.connect.GuestConnectors;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A scripted peer on a control socket; it can send any bytes. */
final class FakeAgent implements AutoCloseable {
    private final ServerSocketChannel server;
    private final GuestAddress.VirtioSerial address;
    private final CompletableFuture<Void> script = new CompletableFuture<>();
    private final Thread thread;

    interface Script {
        void run(Peer peer) throws Exception;
    }

    /** Serves one connection. */
    FakeAgent(Path directory, Script what) throws IOException {
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(directory.resolve("agent-0.sock")));
        address = new GuestAddress.VirtioSerial(directory, 1);
        thread = Thread.ofPlatform().daemon().start(() -> {
            try (SocketChannel client = server.accept()) {
                what.run(new Peer(client));
                script.complete(null);
            } catch (Throwable e) {
                script.completeExceptionally(e);
            }
        });
    }

    Guest connect(Duration deadline) {
        return GuestConnectors.standard().connect(address, deadline);
    }

    Guest connect() {
        return connect(Duration.ofSeconds(10));
    }

    /** Throws what failed in the script, so that a wrong request fails the test. */
    void await() throws ExecutionException, InterruptedException, TimeoutException {
        script.get(20, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws Exception {
        thread.interrupt();
        server.close();
    }

    record Frame(int type, ByteBuffer payload) {}

    static final class Peer {
        final SocketChannel socket;
        private final ByteBuffer received = ByteBuffer.allocate(1 << 16).limit(0);
        private byte[] greeted;

        Peer(SocketChannel socket) {
            this.socket = socket;
        }

        ByteBuffer read(int count) throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
            while (bytes.hasRemaining()) {
                if (!received.hasRemaining() && !receive()) {
                    throw new EOFException();
                }
                int some = Math.min(received.remaining(), bytes.remaining());
                bytes.put(received.slice(received.position(), some));
                received.position(received.position() + some);
            }
            return bytes.flip();
        }

        private boolean receive() throws IOException {
            received.clear();
            int count = socket.read(received);
            received.flip();
            return count >= 0;
        }

        boolean nothingComesFor(long millis) throws Exception {
            socket.configureBlocking(false);
            Thread.sleep(millis);
            boolean nothing = !received.hasRemaining() && receive() && !received.hasRemaining();
            socket.configureBlocking(true);
            return nothing;
        }

        private Frame rawFrame() throws IOException {
            byte type = read(1).get();
            while (type == 0) {
                type = read(1).get();
            }
            ByteBuffer rest = read(7);
            int length = rest.getInt(3);
            return new Frame(type & 0xFF, read(length));
        }

        /** A greeting that was repeated because this side was slow is acknowledged again, as the agent does. */
        Frame frame() throws IOException {
            Frame frame = rawFrame();
            while (frame.type() == 1 && greeted != null) {
                acknowledge(greeted);
                frame = rawFrame();
            }
            return frame;
        }

        Frame expect(int type) throws IOException {
            Frame frame = frame();
            if (frame.type() != type) {
                throw new AssertionError("expected a frame of type " + type + ", got " + frame.type());
            }
            return frame;
        }

        void raw(byte... bytes) throws IOException {
            ByteBuffer all = ByteBuffer.wrap(bytes);
            while (all.hasRemaining()) {
                socket.write(all);
            }
        }

        void send(int type, byte... payload) throws IOException {
            raw(bytes(type, payload));
        }

        byte[] readNonce() throws IOException {
            Frame frame = rawFrame();
            if (frame.type() != 1) {
                throw new AssertionError("expected HELLO, got a frame of type " + frame.type());
            }
            ByteBuffer hello = frame.payload();
            byte[] nonce = new byte[16];
            hello.position(2).get(nonce);
            return nonce;
        }

        void acknowledge(byte[] nonce) throws IOException {
            send(0x81, join(new byte[] {1, 0}, nonce, shortText("fake")));
        }

        void greet() throws IOException {
            byte[] nonce = readNonce();
            acknowledge(nonce);
            greeted = nonce;
        }

        void entry(int kind, int mode, long size, String path, String target) throws IOException {
            byte[] name = path.getBytes(StandardCharsets.UTF_8);
            byte[] link = target.getBytes(StandardCharsets.UTF_8);
            ByteBuffer payload =
                    ByteBuffer.allocate(21 + name.length + link.length).order(ByteOrder.LITTLE_ENDIAN);
            payload.put((byte) kind).putInt(mode).putLong(size);
            payload.putInt(name.length).put(name).putInt(link.length).put(link);
            send(0x88, payload.array());
        }

        void directory(String path) throws IOException {
            entry(1, 0755, 0, path, "");
            send(0x8A);
        }

        void link(String path, String target) throws IOException {
            entry(2, 0777, 0, path, target);
            send(0x8A);
        }

        void file(String path, String content) throws IOException {
            entry(0, 0644, content.length(), path, "");
            send(0x89, content.getBytes(StandardCharsets.UTF_8));
            send(0x8A);
        }
    }

    static byte[] bytes(int type, byte... payload) {
        return ByteBuffer.allocate(8 + payload.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(type)
                .putInt(payload.length)
                .put(payload)
                .array();
    }

    static byte[] shortText(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(2 + utf8.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) utf8.length)
                .put(utf8)
                .array();
    }

    static byte[] number(int value) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array();
    }

    static byte[] join(byte[]... parts) {
        java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
