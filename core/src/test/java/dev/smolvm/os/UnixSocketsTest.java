package dev.smolvm.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixSocketsTest {
    @TempDir
    Path directory;

    @Test
    void connectsToAPathLongerThanAnAddressHolds() throws IOException {
        Path deep = Files.createDirectories(directory.resolve("d".repeat(120)).resolve("e".repeat(120)));
        Path shortcut = Files.createSymbolicLink(directory.resolve("s"), deep);
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(shortcut.resolve("x.sock")));
            try (SocketChannel client = UnixSockets.connect(deep.resolve("x.sock"));
                    SocketChannel accepted = server.accept()) {
                client.write(ByteBuffer.wrap(new byte[] {42}));
                ByteBuffer received = ByteBuffer.allocate(1);
                accepted.read(received);
                assertThat(received.get(0)).isEqualTo((byte) 42);
            }
        }
    }

    @Test
    void listensAtAPathLongerThanAnAddressHolds() throws IOException {
        Path deep = Files.createDirectories(directory.resolve("d".repeat(120)).resolve("e".repeat(120)));
        for (Path socket : List.of(deep.resolve("x.sock"), directory.resolve("x.sock"))) {
            try (ServerSocketChannel server = UnixSockets.listen(socket);
                    SocketChannel client = UnixSockets.connect(socket);
                    SocketChannel accepted = server.accept()) {
                client.write(ByteBuffer.wrap(new byte[] {42}));
                ByteBuffer received = ByteBuffer.allocate(1);
                accepted.read(received);
                assertThat(received.get(0)).isEqualTo((byte) 42);
            }
        }
    }

    @Test
    void failsWhereNobodyListens() {
        assertThatThrownBy(() -> UnixSockets.connect(directory.resolve("none.sock")))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() ->
                        UnixSockets.connect(directory.resolve("f".repeat(200)).resolve("none.sock")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("No such file");
    }

    @Test
    void failsAtOnceWhereThePeerAcceptsNoMore() throws IOException {
        Path path = directory.resolve("x.sock");
        List<SocketChannel> clients = new ArrayList<>();
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(path), 1);
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 10; i++) {
                            clients.add(UnixSockets.connect(path));
                        }
                    })
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("temporarily unavailable");
        } finally {
            for (SocketChannel client : clients) {
                client.close();
            }
        }
    }
}
