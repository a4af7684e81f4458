package dev.smolvm.vmm.firecracker.fake;

import dev.smolvm.json.Json;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** HTTP as Firecracker's server speaks it: what it refuses by itself is answered with text that is not quite JSON. */
final class HttpServer implements AutoCloseable {
    private static final int MAX_BODY = 51_200;
    private static final int MAX_CONNECTIONS = 10;
    private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: *([0-9]+) *\r\n");
    private static final Pattern REQUEST_LINE = Pattern.compile("(GET|PUT|PATCH|DELETE) (/[^ ]*) HTTP/1\\.[01]");

    private final Api api;
    private final CallLog log;
    private final Runnable fatal;
    private final ServerSocketChannel server;
    private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();

    /** @param fatal runs once a fault is answered after which Firecracker ends */
    HttpServer(Path socket, Api api, CallLog log, Runnable fatal) throws IOException {
        this.api = api;
        this.log = log;
        this.fatal = fatal;
        this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            server.close();
            throw e;
        }
        Thread.ofVirtual().start(this::accept);
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel connection = server.accept();
                if (open.size() == MAX_CONNECTIONS) {
                    send(
                            connection,
                            "HTTP/1.1 503\r\nServer: Firecracker API\r\nConnection: close\r\n"
                                    + "Content-Length: 40\r\n\r\n{ \"error\": \"Too many open connections\" }");
                    connection.close();
                } else {
                    open.add(connection);
                    Thread.ofVirtual().start(() -> serve(connection));
                }
            }
        } catch (IOException e) {
            // Closed.
            return;
        }
    }

    private void serve(SocketChannel connection) {
        try (connection) {
            while (true) {
                answer(connection);
            }
        } catch (IOException e) {
            // The other end went.
            return;
        } finally {
            open.remove(connection);
        }
    }

    private void answer(SocketChannel connection) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) read(connection, 1)[0]);
        }
        Matcher length = LENGTH.matcher(head);
        int bytes = length.find() ? Integer.parseInt(length.group(1)) : 0;
        Matcher line = REQUEST_LINE.matcher(head.substring(0, head.indexOf("\r\n")));
        if (bytes > MAX_BODY || !line.matches()) {
            read(connection, bytes);
            String why = bytes > MAX_BODY
                    ? "Request payload with size " + bytes + " is larger than the limit of " + MAX_BODY
                            + " allowed by server."
                    : "Invalid HTTP Method: Unsupported HTTP method.";
            respond(
                    connection,
                    400,
                    "{ \"error\": \"" + why + "\nAll previous unanswered requests will be dropped.\" }");
            return;
        }
        answer(connection, line.group(1), line.group(2), new String(read(connection, bytes), StandardCharsets.UTF_8));
    }

    private void answer(SocketChannel connection, String method, String path, String body) throws IOException {
        try {
            Optional<Json> answer = api.answer(method, path, body);
            int status = answer.isPresent() ? 200 : 204;
            log.request(method, path, body, status);
            respond(connection, status, answer.map(Json::compact).orElse(""));
        } catch (Fault e) {
            log.request(method, path, body, 400);
            respond(
                    connection,
                    400,
                    Json.object().put("fault_message", e.getMessage()).build().compact());
            if (e.fatal()) {
                fatal.run();
            }
        }
    }

    private static byte[] read(SocketChannel connection, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count);
        while (bytes.hasRemaining()) {
            if (connection.read(bytes) < 0) {
                throw new EOFException();
            }
        }
        return bytes.array();
    }

    private static void respond(SocketChannel connection, int status, String body) throws IOException {
        int length = body.getBytes(StandardCharsets.UTF_8).length;
        send(
                connection,
                "HTTP/1.1 " + status + " \r\nServer: Firecracker API\r\nConnection: keep-alive\r\n"
                        + (length == 0
                                ? "\r\n"
                                : "Content-Type: application/json\r\nContent-Length: " + length + "\r\n\r\n" + body));
    }

    private static void send(SocketChannel connection, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            connection.write(bytes);
        }
    }

    /** The socket's file stays. */
    @Override
    public void close() {
        try {
            server.close();
            for (SocketChannel connection : open) {
                connection.close();
            }
        } catch (IOException e) {
            // Nobody is left to be told.
            return;
        }
    }
}
