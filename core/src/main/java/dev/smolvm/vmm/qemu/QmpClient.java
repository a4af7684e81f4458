package dev.smolvm.vmm.qemu;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.json.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A client of QEMU's machine protocol (QEMU docs/interop/qmp-spec): one command after the other, events kept until they are asked for.
 * Used by one thread at a time. The peer is not trusted: a guest may have broken out into it, so what it sends is never held
 * without a limit.
 */
final class QmpClient implements AutoCloseable {
    static final Duration COMMAND_DEADLINE = Duration.ofSeconds(20);
    private static final int MAX_MESSAGE = JsonParser.MAX_BYTES;
    private static final int MAX_EVENTS = 1_000;
    /** QEMU's events have some hundred bytes; a longer one is none that we wait for. */
    private static final int MAX_EVENT = 16 << 10;
    /** What is read ahead of whoever asks for it; after that the peer has to wait. */
    private static final int MAX_READ_AHEAD = 2 * MAX_MESSAGE;

    private final ByteChannel channel;
    private final String peer;
    private final BlockingQueue<Incoming> incoming = new LinkedBlockingQueue<>();
    private final Semaphore readAhead = new Semaphore(MAX_READ_AHEAD);
    private final Thread reader;
    private final Deque<Event> events = new ArrayDeque<>();
    private long lastId;

    /** An asynchronous message of QEMU's; {@code micros} is its time since the epoch. */
    record Event(String name, JsonFields data, long micros) {}

    private sealed interface Incoming {
        /** @param size in bytes, as it came */
        record Message(JsonFields json, int size) implements Incoming {}

        record Closed(String reason) implements Incoming {}

        record Garbage(String what) implements Incoming {}
    }

    private QmpClient(ByteChannel channel, String peer) {
        this.channel = channel;
        this.peer = peer;
        // A platform thread: what the first virtual one of a process brings with it takes longer than most commands.
        this.reader = new Thread(this::readMessages, "smolvm-qmp-reader");
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Waits for the greeting and negotiates.
     *
     * @param peer names the other end in messages, such as {@code sandbox s1}
     */
    static QmpClient negotiate(ByteChannel channel, String peer, Duration deadline) {
        QmpClient client = new QmpClient(channel, peer);
        try {
            long end = System.nanoTime() + deadline.toNanos();
            JsonFields greeting = client.next(end, "its greeting").json();
            if (!greeting.has("QMP")) {
                throw client.broken("no greeting");
            }
            client.execute("qmp_capabilities", Json.object().build(), Duration.ofNanos(end - System.nanoTime()));
            return client;
        } catch (RuntimeException e) {
            client.close();
            throw e;
        }
    }

    JsonFields execute(String command) {
        return execute(command, Json.object().build(), COMMAND_DEADLINE);
    }

    JsonFields execute(String command, Json.Builder arguments) {
        return execute(command, arguments.build(), COMMAND_DEADLINE);
    }

    /**
     * Runs a command; returns its answer, an empty object where it is not an object.
     *
     * @throws QmpErrorException QEMU refused it
     */
    JsonFields execute(String command, Json.Obj arguments, Duration deadline) {
        Json answer = call(command, arguments, deadline);
        return new JsonFields(
                answer instanceof Json.Obj object ? object : Json.object().build(), command);
    }

    /** Runs a command; returns its answer whatever its type. */
    Json call(String command, Json.Obj arguments, Duration deadline) {
        long end = System.nanoTime() + deadline.toNanos();
        return answer(command, send(command, arguments), end);
    }

    /** A command whose answer tells nothing but that it was carried out. */
    record Command(String name, Json.Obj arguments) {
        static Command of(String name, Json.Builder arguments) {
            return new Command(name, arguments.build());
        }
    }

    /**
     * Runs commands one after the other without waiting in between; those behind one that is refused run too.
     *
     * @throws QmpErrorException QEMU refused one; the answers to those behind it are thrown away
     */
    void executeAll(List<Command> commands) {
        long end = System.nanoTime() + COMMAND_DEADLINE.toNanos();
        long[] ids =
                commands.stream().mapToLong(c -> send(c.name(), c.arguments())).toArray();
        for (int i = 0; i < ids.length; i++) {
            answer(commands.get(i).name(), ids[i], end);
        }
    }

    private long send(String command, Json.Obj arguments) {
        long id = ++lastId;
        send(Json.object()
                .put("execute", command)
                .put("arguments", arguments)
                .put("id", id)
                .build());
        return id;
    }

    private Json answer(String command, long id, long end) {
        while (true) {
            Incoming.Message received = next(end, "the answer to " + command);
            JsonFields message = received.json();
            if (message.has("event")) {
                keep(received);
            } else if (message.has("id") && message.object().fields().get("id").equals(Json.of(id))) {
                if (message.has("error")) {
                    throw refused(command, message);
                }
                return message.object().fields().getOrDefault("return", Json.NULL);
            } else if (message.has("error")) {
                // A message that QEMU could not even parse is answered without an id.
                throw refused(command, message);
            }
            // Anything else answers a command whose deadline passed before.
        }
    }

    private SmolVmException refused(String command, JsonFields message) {
        try {
            JsonFields error = message.object("error");
            return new QmpErrorException(command, error.string("class"), error.string("desc"));
        } catch (JsonFormatException e) {
            return broken(e.getMessage());
        }
    }

    /** Takes the first event that matches, waiting for it; others stay. */
    Event awaitEvent(Predicate<Event> wanted, Duration deadline, String what) {
        long end = System.nanoTime() + deadline.toNanos();
        while (true) {
            for (var kept = events.iterator(); kept.hasNext(); ) {
                Event event = kept.next();
                if (wanted.test(event)) {
                    kept.remove();
                    return event;
                }
            }
            Incoming.Message message = next(end, what);
            if (message.json().has("event")) {
                keep(message);
            }
        }
    }

    void forgetEvents() {
        events.clear();
    }

    private void keep(Incoming.Message received) {
        if (received.size() > MAX_EVENT) {
            return;
        }
        if (events.size() == MAX_EVENTS) {
            events.removeFirst();
        }
        try {
            JsonFields message = received.json();
            JsonFields time = message.object("timestamp");
            events.addLast(new Event(
                    message.string("event"),
                    message.optionalObject("data")
                            .orElse(new JsonFields(Json.object().build(), "data")),
                    time.integer("seconds") * 1_000_000 + time.integer("microseconds")));
        } catch (JsonFormatException e) {
            throw broken(e.getMessage());
        }
    }

    private Incoming.Message next(long end, String what) {
        try {
            Incoming message = incoming.poll(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
            return switch (message) {
                case null ->
                    throw new SmolVmException(
                            ErrorKind.GUEST_UNRESPONSIVE,
                            peer + ": QEMU did not send " + what + " in time",
                            "try again; if it stays so: smolvm sandbox stop --force NAME");
                case Incoming.Message received -> {
                    readAhead.release(received.size());
                    yield received;
                }
                case Incoming.Garbage(var garbage) -> {
                    incoming.add(message);
                    throw broken(garbage);
                }
                case Incoming.Closed(var reason) -> {
                    incoming.add(message);
                    throw new SmolVmException(
                            ErrorKind.VM_DIED,
                            peer + ": QEMU ended while smolvm waited for " + what + " (" + reason + ")",
                            "smolvm sandbox start NAME boots it again from its disk");
                }
            };
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SmolVmException(ErrorKind.INTERRUPTED, peer + ": interrupted", "", e);
        }
    }

    private void send(Json.Obj message) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap((message.compact() + "\n").getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (java.nio.channels.ClosedByInterruptException e) {
            throw new SmolVmException(ErrorKind.INTERRUPTED, peer + ": interrupted", "", e);
        } catch (IOException e) {
            throw new SmolVmException(
                    ErrorKind.VM_DIED,
                    peer + ": QEMU ended (" + e.getMessage() + ")",
                    "smolvm sandbox start NAME boots it again from its disk",
                    e);
        }
    }

    private void readMessages() {
        ByteBuffer buffer = ByteBuffer.allocate(16 << 10);
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        try {
            while (channel.read(buffer) >= 0) {
                buffer.flip();
                while (buffer.hasRemaining()) {
                    byte b = buffer.get();
                    if (b == '\n') {
                        take(line);
                        line.reset();
                    } else if (line.size() < MAX_MESSAGE) {
                        line.write(b);
                    } else {
                        throw new JsonFormatException("message longer than " + MAX_MESSAGE + " bytes");
                    }
                }
                buffer.clear();
            }
            incoming.add(new Incoming.Closed("connection closed"));
        } catch (JsonFormatException e) {
            incoming.add(new Incoming.Garbage(e.getMessage()));
        } catch (IOException | InterruptedException e) {
            incoming.add(new Incoming.Closed(String.valueOf(e.getMessage())));
        }
    }

    private void take(ByteArrayOutputStream line) throws InterruptedException {
        String text = line.toString(StandardCharsets.UTF_8);
        if (!text.isBlank()) {
            readAhead.acquire(line.size());
            incoming.add(new Incoming.Message(JsonFields.of(JsonParser.parse(text), "message"), line.size()));
        }
    }

    private SmolVmException broken(String what) {
        return new SmolVmException(ErrorKind.INTEGRITY, peer + ": QEMU's monitor broke the protocol: " + what, "");
    }

    @Override
    public void close() {
        reader.interrupt();
        try {
            channel.close();
        } catch (IOException e) {
            // Nothing is lost with it.
        }
    }
}
