package dev.smolvm.bench.qemu;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonParser;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Predicate;

/** QEMU's machine protocol (QEMU docs/interop/qmp-spec), no more of it than a floor needs: blocking, and trusting its peer. */
final class Qmp implements AutoCloseable {
    private final SocketChannel channel;
    private final BufferedReader lines;
    private final Deque<JsonFields> events = new ArrayDeque<>();

    private Qmp(SocketChannel channel) {
        this.channel = channel;
        this.lines = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
    }

    /** Waits for the socket of a process that was just started, the greeting, and the end of negotiation. */
    static Qmp connect(Path socket, Process process) throws IOException, InterruptedException {
        while (true) {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                channel.connect(UnixDomainSocketAddress.of(socket));
                Qmp qmp = new Qmp(channel);
                qmp.next();
                qmp.execute("qmp_capabilities", Json.object());
                return qmp;
            } catch (IOException e) {
                channel.close();
                if (!process.isAlive()) {
                    throw e;
                }
                Thread.sleep(1);
            }
        }
    }

    /** @throws IOException QEMU refused it, in its own words */
    Json execute(String command, Json.Builder arguments) throws IOException {
        String line = Json.object()
                .put("execute", command)
                .put("arguments", arguments.build())
                .build()
                .compact();
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(line + "\n");
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        while (true) {
            JsonFields message = next();
            if (message.has("event")) {
                events.add(message);
            } else if (message.has("error")) {
                throw new IOException(command + ": " + message.object("error").string("desc"));
            } else {
                return message.object().fields().get("return");
            }
        }
    }

    /** Takes the first event that matches; those before it are dropped. */
    JsonFields await(Predicate<JsonFields> wanted) throws IOException {
        while (true) {
            JsonFields message = events.isEmpty() ? next() : events.remove();
            if (message.has("event") && wanted.test(message)) {
                return message;
            }
        }
    }

    /** Those that were read while a command was waited for. */
    void forgetEvents() {
        events.clear();
    }

    private JsonFields next() throws IOException {
        String line = lines.readLine();
        if (line == null) {
            throw new EOFException("QEMU closed its monitor");
        }
        return JsonFields.of(JsonParser.parse(line), "QMP");
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
