package dev.smolvm.cli;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonParser;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A QEMU's monitor without its QEMU, for the training run: whatever it is told is done, and its guest runs. Of a capture it
 * writes files like QEMU's, with a memory that is all zeros.
 */
final class TrainingMonitor implements Closeable {
    private static final String GREETING =
            """
            {"QMP": {"version": {"qemu": {"micro": 0, "minor": 0, "major": 10}, "package": ""}, "capabilities": []}}
            """;

    private static final Json NOTHING = Json.object().build();
    private static final int PAGE = 4096;
    private static final int PAGES_AT = 1 << 20;

    private final ServerSocketChannel server;
    private final long memoryBytes;

    /** @param memoryBytes the guest's */
    TrainingMonitor(Path socket, long memoryBytes) throws IOException {
        this.memoryBytes = memoryBytes;
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        Thread.ofPlatform().daemon().start(this::serve);
    }

    /** One connection after the other, until this is closed. */
    private void serve() {
        while (server.isOpen()) {
            try (SocketChannel peer = server.accept();
                    BufferedReader commands = new BufferedReader(Channels.newReader(peer, StandardCharsets.UTF_8))) {
                send(peer, GREETING);
                for (String line = commands.readLine(); line != null; line = commands.readLine()) {
                    answer(peer, JsonFields.of(JsonParser.parse(line), "command"));
                }
            } catch (IOException e) {
                // The command has what it wanted; if not, it fails, and the build with it.
                continue;
            }
        }
    }

    private void answer(SocketChannel peer, JsonFields command) throws IOException {
        String name = command.string("execute");
        JsonFields arguments = command.object("arguments");
        Json result =
                switch (name) {
                    case "query-status" ->
                        Json.object().put("status", "running").build();
                    case "migrate" -> {
                        saveMemory(Path.of(arguments.string("uri").substring("file:".length())));
                        yield NOTHING;
                    }
                    default -> NOTHING;
                };
        send(
                peer,
                Json.object()
                        .put("return", result)
                        .put("id", command.integer("id"))
                        .build()
                        .compact());
        switch (name) {
            case "migrate" -> {
                event(peer, "STOP", "");
                event(peer, "MIGRATION", "pre-switchover");
            }
            case "migrate-continue", "migrate-incoming" -> event(peer, "MIGRATION", "completed");
            case "cont" -> event(peer, "RESUME", "");
            default -> {}
        }
    }

    private static void event(SocketChannel peer, String name, String status) throws IOException {
        send(
                peer,
                Json.object()
                        .put("event", name)
                        .put("data", Json.object().put("status", status).build())
                        .put(
                                "timestamp",
                                Json.object()
                                        .put("seconds", 1)
                                        .put("microseconds", 0)
                                        .build())
                        .build()
                        .compact());
    }

    /** A migration stream in QEMU's {@code mapped-ram} format, with one RAM block, and the beginning of one device. */
    private void saveMemory(Path file) throws IOException {
        ByteBuffer stream = ByteBuffer.allocate(256);
        stream.putInt(0x5145564d).putInt(3);
        stream.put((byte) 1).putInt(0);
        name(stream, "ram");
        stream.putInt(0).putInt(0).putLong(memoryBytes | 4);
        name(stream, "ram");
        stream.putLong(memoryBytes).putInt(1).putLong(PAGE);
        stream.putLong(stream.position() + 2 * Long.BYTES).putLong(PAGES_AT);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(stream.flip());
            ByteBuffer devices = ByteBuffer.allocate(64);
            // The end of the RAM section's set-up; a device; the stream's end.
            devices.putLong(0x10).put((byte) 0x7e).putInt(0).put((byte) 4).put((byte) 0);
            channel.write(devices.flip(), PAGES_AT + memoryBytes);
        }
    }

    private static void name(ByteBuffer stream, String name) {
        stream.put((byte) name.length()).put(name.getBytes(StandardCharsets.US_ASCII));
    }

    private static void send(SocketChannel peer, String line) throws IOException {
        peer.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
