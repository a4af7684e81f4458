package dev.smolvm.vmm.firecracker;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.json.JsonParser;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * A client of Firecracker's API: HTTP/1.1 over a unix socket, one request at a time over one connection that is kept. Used by
 * one thread at a time. The peer is not trusted: a guest may have broken out into it, so what it sends is never held without a
 * limit. After a request without an answer the connection is given up, so that a late answer is not taken for the next one's.
 */
final class FirecrackerApi implements AutoCloseable {
    static final Duration REQUEST_DEADLINE = Duration.ofSeconds(20);

    private final Path socket;
    private final ApiFailures failures;
    /** Null while there is none. */
    private HttpConnection connection;

    private FirecrackerApi(Path socket, ApiFailures failures) {
        this.socket = socket;
        this.failures = failures;
    }

    /**
     * Connects as soon as Firecracker listens.
     *
     * @param peer names the other end in messages, such as {@code sandbox s1}
     * @param alive whether the process is there
     * @throws SmolVmException VM died: it ended first; guest did not answer: the deadline passed
     */
    static FirecrackerApi connect(Path socket, String peer, BooleanSupplier alive, Duration deadline) {
        FirecrackerApi api = new FirecrackerApi(socket, new ApiFailures(peer, alive));
        long end = System.nanoTime() + deadline.toNanos();
        while (true) {
            try {
                api.connection = HttpConnection.open(socket);
                return api;
            } catch (IOException e) {
                if (!alive.getAsBoolean()) {
                    throw api.failures.died("its socket", e);
                }
                if (System.nanoTime() > end) {
                    throw api.failures.unreachable(e);
                }
                api.failures.pause();
            }
        }
    }

    JsonFields get(String path) {
        return get(path, REQUEST_DEADLINE);
    }

    /**
     * Asks for an object. Its fields are not checked; reading one throws {@link JsonFormatException}.
     *
     * @throws FirecrackerFaultException Firecracker refused
     * @throws SmolVmException VM died, guest did not answer, integrity: not an answer as it should be, interrupted
     */
    JsonFields get(String path, Duration deadline) {
        byte[] body = request("GET", path, null, deadline);
        try {
            return JsonFields.of(JsonParser.parse(decode(body)), path);
        } catch (JsonFormatException e) {
            throw failures.broken(e.getMessage(), e);
        }
    }

    void put(String path, Json.Builder body) {
        put(path, body, REQUEST_DEADLINE);
    }

    /** As {@link #get(String, Duration)}; what comes with the answer is dropped. */
    void put(String path, Json.Builder body, Duration deadline) {
        request("PUT", path, body, deadline);
    }

    void patch(String path, Json.Builder body) {
        patch(path, body, REQUEST_DEADLINE);
    }

    /** As {@link #put(String, Json.Builder, Duration)}. */
    void patch(String path, Json.Builder body, Duration deadline) {
        request("PATCH", path, body, deadline);
    }

    private byte[] request(String method, String path, Json.Builder body, Duration deadline) {
        if (!path.matches("/[A-Za-z0-9_/-]*")) {
            throw new IllegalArgumentException(path);
        }
        if (Thread.currentThread().isInterrupted()) {
            throw failures.interrupted(null);
        }
        String what = method + " " + path;
        long end = System.nanoTime() + deadline.toNanos();
        byte[] message = message(what, body);
        boolean done = false;
        try {
            byte[] answer = exchange(what, message, method.equals("GET"), end);
            done = true;
            return answer;
        } catch (FirecrackerFaultException e) {
            done = true;
            throw e;
        } catch (HttpFormatException e) {
            throw failures.broken(e.getMessage(), e);
        } catch (InterruptedException | ClosedByInterruptException e) {
            throw failures.interrupted(e);
        } catch (SocketTimeoutException e) {
            throw failures.late(what, e);
        } catch (IOException e) {
            throw failures.lost(what, e);
        } finally {
            if (!done) {
                disconnect();
            }
        }
    }

    private byte[] exchange(String what, byte[] message, boolean repeatable, long end)
            throws IOException, InterruptedException, HttpFormatException {
        boolean kept = connection != null && stillOpen();
        if (!kept) {
            connection = HttpConnection.open(socket);
        }
        byte[] head;
        try {
            connection.write(ByteBuffer.wrap(message), end);
            head = connection.readHead(end);
        } catch (SocketTimeoutException | ClosedByInterruptException e) {
            throw e;
        } catch (IOException e) {
            if (!kept || !repeatable) {
                throw e;
            }
            // Closed just as the request was on its way.
            disconnect();
            return exchange(what, message, false, end);
        }
        HttpAnswer answer = HttpAnswer.parse(head);
        byte[] body = connection.readBody(answer.bodyBytes(), end);
        if (answer.last()) {
            disconnect();
        }
        if (answer.succeeded()) {
            return body;
        }
        if (answer.refused()) {
            throw new FirecrackerFaultException(failures.peer(), what, answer.status(), FaultText.of(body));
        }
        throw new HttpFormatException("an answer has status " + answer.status());
    }

    /** A connection that was closed while nobody asked anything is replaced, whatever comes next. */
    private boolean stillOpen() {
        try {
            if (connection.idle()) {
                return true;
            }
        } catch (IOException e) {
            // Closed, with something of ours unread.
        }
        disconnect();
        return false;
    }

    private static byte[] message(String what, Json.Builder body) {
        StringBuilder text =
                new StringBuilder(what).append(" HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n");
        byte[] json = new byte[0];
        if (body != null) {
            json = body.build().compact().getBytes(StandardCharsets.UTF_8);
            text.append("Content-Type: application/json\r\nContent-Length: ")
                    .append(json.length)
                    .append("\r\n");
        }
        byte[] head = text.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(head.length + json.length)
                .put(head)
                .put(json)
                .array();
    }

    private static String decode(byte[] body) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new JsonFormatException("not UTF-8");
        }
    }

    private void disconnect() {
        if (connection != null) {
            connection.close();
            connection = null;
        }
    }

    @Override
    public void close() {
        disconnect();
    }
}
