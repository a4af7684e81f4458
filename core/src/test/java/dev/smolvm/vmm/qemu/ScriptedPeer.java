package dev.smolvm.vmm.qemu;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/** The other end of a unix socket, which follows a script. */
final class ScriptedPeer implements AutoCloseable {
    static final String GREETING =
            "{\"QMP\": {\"version\": {\"qemu\": {\"major\": 10}}, \"capabilities\": [\"oob\"]}}\n";

    private final ServerSocketChannel server;
    private final SocketChannel client;
    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private SocketChannel channel;
    private BufferedReader in;

    /** What the peer does, with this as its way to speak. */
    interface Script {
        void play(ScriptedPeer peer) throws Exception;
    }

    ScriptedPeer(Path directory, Script script) throws IOException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.resolve("peer.sock"));
        this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(address);
        this.client = SocketChannel.open(address);
        Thread.ofPlatform().daemon().start(() -> {
            try (SocketChannel accepted = server.accept()) {
                channel = accepted;
                in = new BufferedReader(
                        new InputStreamReader(Channels.newInputStream(accepted), StandardCharsets.UTF_8));
                script.play(this);
                end.complete(null);
            } catch (Throwable e) {
                end.completeExceptionally(e);
            }
        });
    }

    /** The end for the client under test. */
    SocketChannel client() {
        return client;
    }

    void say(String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** What the client said next, a line. */
    String hear() throws IOException {
        return in.readLine();
    }

    /** Greets and negotiates as QEMU does. */
    void greet() throws IOException {
        say(GREETING);
        String line = hear();
        if (!line.contains("\"qmp_capabilities\"")) {
            throw new AssertionError(line);
        }
        say("{\"return\": {}, \"id\": 1}\n");
    }

    /** Stays there and says nothing until the client goes. */
    void wait_() throws IOException {
        while (hear() != null) {
            // Not answered.
        }
    }

    /** Waits for the script's end; fails if the script did. */
    void ended() throws Exception {
        end.get(10, java.util.concurrent.TimeUnit.SECONDS);
    }

    @Override
    public void close() throws IOException {
        client.close();
        server.close();
    }
}
