package dev.smolvm.e2e;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonParser;
import dev.smolvm.os.UnixSockets;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The tests' own way to ask QEMU, beside the library's: a plain QMP client on the observer socket. While it is open the library
 * cannot ask for the sandbox's status, because the socket takes one client at a time.
 */
final class Monitor implements AutoCloseable {
    private final SocketChannel channel;
    private final BufferedReader in;
    private final List<String> events = new ArrayList<>();

    private Monitor(SocketChannel channel) {
        this.channel = channel;
        this.in = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
    }

    static Monitor connect(Path socket) throws IOException {
        Monitor monitor = new Monitor(UnixSockets.connect(socket));
        monitor.in.readLine();
        monitor.execute("qmp_capabilities");
        return monitor;
    }

    JsonFields execute(String command) throws IOException {
        return execute(command, Json.object());
    }

    JsonFields execute(String command, Json.Builder arguments) throws IOException {
        channel.write(ByteBuffer.wrap((Json.object()
                                .put("execute", command)
                                .put("arguments", arguments.build())
                                .build()
                                .compact()
                        + "\n")
                .getBytes(StandardCharsets.UTF_8)));
        while (true) {
            String line = in.readLine();
            if (line == null) {
                throw new EOFException("QEMU ended");
            }
            JsonFields message = JsonFields.of(JsonParser.parse(line), "message");
            if (message.has("error")) {
                throw new IOException(command + ": " + message.object("error").string("desc"));
            }
            if (message.has("event")) {
                events.add(message.string("event"));
            } else if (message.object().fields().get("return") instanceof Json.Obj object) {
                return new JsonFields(object, command);
            } else {
                return message;
            }
        }
    }

    String status() throws IOException {
        return execute("query-status").string("status");
    }

    /** The names of all events so far. */
    List<String> events() throws IOException {
        status();
        return List.copyOf(events);
    }

    /** Writes guest-physical memory to a file, which QEMU must be allowed to write. */
    void saveMemory(long address, long bytes, Path file) throws IOException {
        execute("pmemsave", Json.object().put("val", address).put("size", bytes).put("filename", file.toString()));
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
