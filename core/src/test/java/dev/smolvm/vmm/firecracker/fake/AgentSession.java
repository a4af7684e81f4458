package dev.smolvm.vmm.firecracker.fake;

import dev.smolvm.json.Json;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The guest's agent on one connection (docs/control-channel.md). Transfers of files are refused: the fake has none. */
final class AgentSession {
    private static final int HELLO = 1;
    private static final int EBUSY = 16;
    private static final int EIO = 5;
    private static final int ENOENT = 2;
    private static final int ENOSYS = 38;
    private static final int EPROTO = 71;
    private static final int ETIMEDOUT = 110;

    private final Guest guest;
    private final CallLog log;
    private final Frames frames;
    private AgentExec exec;

    AgentSession(Guest guest, SocketChannel socket, CallLog log) {
        this.guest = guest;
        this.log = log;
        this.frames = new Frames(socket);
    }

    void serve() {
        try {
            boolean greeted = false;
            while (true) {
                Frames.Frame frame = frames.read();
                guest.cpus().awaitRunning();
                if (frame.type() == HELLO) {
                    greet(frame.payload());
                    greeted = true;
                } else if (!greeted) {
                    frames.error(EPROTO, "no greeting");
                    return;
                } else if (!answer(frame)) {
                    return;
                }
            }
        } catch (BufferUnderflowException e) {
            // A payload shorter than its request.
            return;
        } catch (IOException | InterruptedException e) {
            // The other end went.
            return;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        } finally {
            guest.freeze().thaw(this);
            hangUp();
        }
    }

    private void hangUp() {
        if (exec != null) {
            exec.end(0);
        }
    }

    private void greet(ByteBuffer hello) throws IOException {
        hangUp();
        guest.freeze().thaw(this);
        byte[] name = "fake".getBytes(StandardCharsets.UTF_8);
        byte[] nonce = new byte[16];
        hello.position(2).get(nonce);
        frames.send(
                0x81,
                Frames.payload(20 + name.length)
                        .putShort((short) 1)
                        .put(nonce)
                        .putShort((short) name.length)
                        .put(name)
                        .array());
    }

    /** @return whether the session goes on */
    private boolean answer(Frames.Frame frame) throws Exception {
        ByteBuffer payload = frame.payload();
        switch (frame.type()) {
            case 2 -> pong();
            case 3 -> exec(frame);
            case 4 -> {
                if (exec != null) {
                    exec.input(payload);
                }
            }
            case 5 -> {
                if (exec != null) {
                    exec.end(Byte.toUnsignedInt(payload.get()));
                }
            }
            case 6 -> {}
            case 13 -> sync();
            case 14 -> freeze(Integer.toUnsignedLong(payload.getInt()));
            case 15 -> {
                if (guest.freeze().thaw(this)) {
                    frames.send(0x90);
                } else {
                    frames.error(ETIMEDOUT, "the watchdog has thawed");
                }
            }
            case 16 -> rejuvenate(frame);
            case 17 -> {
                log.agent(Json.object().put("agent", "shutdown").put("reboot", payload.get() == 1));
                frames.send(0x90);
                guest.cpus().run(() -> {
                    guest.shutDown();
                    return null;
                });
                return false;
            }
            case 18 -> mount(frame);
            case 21 -> trim(payload);
            case 19 -> {
                hangUp();
                frames.send(0x92);
                return false;
            }
            case 7, 10, 11, 12, 20 -> frames.error(ENOSYS, "the fake guest has no transfers");
            default -> {
                frames.error(EPROTO, "no such request");
                return false;
            }
        }
        return true;
    }

    private void pong() throws IOException {
        Instant now = Instant.now();
        frames.send(
                0x82,
                Frames.payload(20)
                        .putLong(now.getEpochSecond())
                        .putInt(now.getNano())
                        .putLong(1_000)
                        .array());
    }

    private void exec(Frames.Frame frame) throws IOException {
        AgentExec.Request request = AgentExec.Request.parse(frame);
        log.agent(Json.object().put("agent", "exec").put("command", Json.ofStrings(request.command())));
        if (!GuestProgram.exists(request.command().getFirst())) {
            frames.error(ENOENT, request.command().getFirst() + ": No such file or directory");
            return;
        }
        exec = new AgentExec(guest, frames, request);
        exec.start();
    }

    private void sync() throws Exception {
        if (guest.freeze().heldBy(this)) {
            frames.error(EBUSY, "frozen");
            return;
        }
        guest.freeze().await();
        flush();
        frames.send(0x90);
    }

    private void flush() throws Exception {
        guest.cpus().run(() -> {
            guest.sync();
            return null;
        });
    }

    private void freeze(long watchdogMillis) throws Exception {
        log.agent(Json.object().put("agent", "freeze"));
        if (!guest.freeze().take(this, watchdogMillis)) {
            frames.error(EBUSY, "another session holds a freeze");
            return;
        }
        try {
            flush();
        } catch (IOException e) {
            guest.freeze().thaw(this);
            frames.error(EIO, String.valueOf(e.getMessage()));
            return;
        }
        frames.send(
                0x90, Frames.payload(4).putShort((short) 1).putShort((short) 0).array());
    }

    private void rejuvenate(Frames.Frame frame) throws Exception {
        ByteBuffer payload = frame.payload();
        long seconds = payload.getLong();
        payload.getInt();
        String hostname = frame.shortText();
        String machineId = frame.shortText();
        int flags = payload.get();
        int entropy = Short.toUnsignedInt(payload.getShort());
        List<String> variables = new ArrayList<>();
        if ((flags & 2) != 0) {
            payload.position(payload.position() + entropy);
            for (int i = Short.toUnsignedInt(payload.getShort()); i > 0; i--) {
                variables.add(frame.longText());
            }
        }
        log.agent(Json.object()
                .put("agent", "rejuvenate")
                .put("seconds", seconds)
                .put("hostname", hostname)
                .put("machine_id", machineId)
                .put("flags", flags)
                .put("entropy_bytes", entropy)
                .put("variables", Json.ofStrings(variables)));
        if (refused(variables)) {
            frames.error(EIO, "told to refuse");
            return;
        }
        if (guest.freeze().heldBy(this)) {
            frames.error(EBUSY, "frozen");
            return;
        }
        if (!hostname.isEmpty()) {
            guest.cpus().run(() -> {
                guest.hostname(hostname);
                return null;
            });
        }
        frames.send(0x90);
    }

    /** For tests of a copy that fails: FAKE_REFUSES has its index. */
    private static boolean refused(List<String> variables) {
        for (String variable : variables) {
            if (variable.startsWith("FAKE_REFUSES=")) {
                return variables.contains("SMOLVM_FORK_INDEX=" + variable.substring(variable.indexOf('=') + 1));
            }
        }
        return false;
    }

    private void trim(ByteBuffer request) throws IOException {
        log.agent(Json.object()
                .put("agent", "trim")
                .put("untouched", request.getLong())
                .put("ms", request.getInt()));
        frames.send(0x90, Frames.payload(16).putLong(1 << 20).putLong(2 << 20).array());
    }

    private void mount(Frames.Frame frame) throws IOException {
        String serial = frame.shortText();
        String directory = frame.longText();
        log.agent(Json.object().put("agent", "mount").put("serial", serial).put("directory", directory));
        if (guest.devices().hasDrive(serial) || guest.devices().hasDevice(serial)) {
            frames.send(0x90);
        } else {
            frames.error(ENOENT, "no disk with serial " + serial);
        }
    }
}
