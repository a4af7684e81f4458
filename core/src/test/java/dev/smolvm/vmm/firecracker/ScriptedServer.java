package dev.smolvm.vmm.firecracker;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An HTTP server on a unix socket, which follows a script and can say anything. */
final class ScriptedServer implements AutoCloseable {
    private static final Pattern LENGTH = Pattern.compile("Content-Length: ([0-9]+)\r\n");

    private final Path socket;
    private final ServerSocketChannel server;
    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private volatile SocketChannel channel;

    /** What the server does, with this as its way to speak. */
    interface Script {
        void play(ScriptedServer server) throws Exception;
    }

    ScriptedServer(Path directory, Script script) throws IOException {
        socket = directory.resolve("api.sock");
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        Thread.ofPlatform().daemon().start(() -> {
            try {
                accept();
                script.play(this);
                end.complete(null);
            } catch (Throwable e) {
                end.completeExceptionally(e);
            } finally {
                hangUp();
            }
        });
    }

    Path socket() {
        return socket;
    }

    /** Takes the next connection. */
    void accept() throws IOException {
        channel = server.accept();
    }

    void hangUp() {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The next request, its body behind its head. */
    String hear() throws IOException {
        StringBuilder request = new StringBuilder();
        while (request.indexOf("\r\n\r\n") < 0) {
            request.append(next());
        }
        Matcher length = LENGTH.matcher(request);
        if (length.find()) {
            for (int i = Integer.parseInt(length.group(1)); i > 0; i--) {
                request.append(next());
            }
        }
        return request.toString();
    }

    private char next() throws IOException {
        ByteBuffer one = ByteBuffer.allocate(1);
        if (channel.read(one) < 0) {
            throw new EOFException();
        }
        return (char) (one.get(0) & 0xFF);
    }

    /** Waits until the client goes. */
    void waitForEnd() throws IOException {
        while (channel.read(ByteBuffer.allocate(1024)) >= 0) {
            // Not answered.
        }
    }

    void say(String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    void sayBytes(int... values) throws IOException {
        for (int value : values) {
            channel.write(ByteBuffer.wrap(new byte[] {(byte) value}));
        }
    }

    /** Reads nothing until this is closed. */
    void waitForNothing() throws InterruptedException {
        Thread.sleep(java.time.Duration.ofMinutes(1));
    }

    /** As Firecracker does. */
    void answer(int status, String body) throws IOException {
        say(text(status, body));
    }

    static String text(int status, String body) {
        return "HTTP/1.1 " + status + " \r\nServer: Firecracker API\r\nConnection: keep-alive\r\n"
                + (status == 204
                        ? "\r\n"
                        : "Content-Type: application/json\r\nContent-Length: "
                                + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body);
    }

    /** Waits for the script's end; fails if the script did. */
    void ended() throws Exception {
        end.get(10, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws IOException {
        server.close();
        hangUp();
    }
}
