package dev.smolvm.vmm.firecracker.fake;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;

/** A command that the agent runs, on a thread of its own: the session goes on reading. */
final class AgentExec implements GuestProgram.Io {
    private static final int EXITED = 0;
    private static final int KILLED = 1;
    private static final int TIMED_OUT = 2;
    private static final int MAX_OUTPUT = 65_536;
    private static final byte[] END_OF_INPUT = {};

    private final Guest guest;
    private final Frames frames;
    private final Request request;
    private final LinkedBlockingQueue<byte[]> input = new LinkedBlockingQueue<>();
    private final Thread thread;
    private volatile int signal;
    private volatile boolean timedOut;

    record Request(int timeoutMillis, List<String> command) {
        static Request parse(Frames.Frame frame) {
            ByteBuffer payload = frame.payload();
            payload.position(1 + 2 + 2);
            int timeout = payload.getInt();
            frame.longText();
            frame.longText();
            List<String> command = new ArrayList<>();
            for (int i = Short.toUnsignedInt(payload.getShort()); i > 0; i--) {
                command.add(frame.longText());
            }
            return new Request(timeout, command);
        }
    }

    AgentExec(Guest guest, Frames frames, Request request) {
        this.guest = guest;
        this.frames = frames;
        this.request = request;
        this.thread = Thread.ofVirtual().unstarted(this::run);
    }

    void start() {
        thread.start();
        if (request.timeoutMillis() > 0) {
            Thread.ofVirtual().start(() -> {
                try {
                    if (!thread.join(java.time.Duration.ofMillis(request.timeoutMillis()))) {
                        timedOut = true;
                        thread.interrupt();
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }
    }

    void input(ByteBuffer bytes) {
        byte[] some = new byte[bytes.remaining()];
        bytes.get(some);
        input.add(some);
    }

    /** @param number the signal; 0: nobody is told any more */
    void end(int number) {
        signal = number;
        thread.interrupt();
    }

    private void run() {
        try {
            frames.send(0x83, Frames.payload(4).putInt(42).array());
            try {
                exit(EXITED, new GuestProgram(guest, request.command(), this).run());
            } catch (InterruptedException e) {
                if (timedOut) {
                    exit(TIMED_OUT, 0);
                } else if (signal != 0) {
                    exit(KILLED, signal);
                }
            } catch (IOException e) {
                err(e.getMessage() + "\n");
                exit(EXITED, 1);
            }
        } catch (Exception e) {
            // The session is gone, and with it whoever wanted to know.
            return;
        }
    }

    private void exit(int kind, int code) throws Exception {
        guest.cpus().awaitRunning();
        frames.send(0x86, Frames.payload(5).put((byte) kind).putInt(code).array());
    }

    @Override
    public void out(String text) throws IOException {
        say(0x84, text);
    }

    @Override
    public void err(String text) throws IOException {
        say(0x85, text);
    }

    private void say(int type, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.length; i += MAX_OUTPUT) {
            frames.send(type, Arrays.copyOfRange(bytes, i, Math.min(bytes.length, i + MAX_OUTPUT)));
        }
    }

    @Override
    public String in() throws IOException, InterruptedException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] some = input.take(); !Arrays.equals(some, END_OF_INPUT); some = input.take()) {
            all.writeBytes(some);
            frames.send(0x87, Frames.payload(4).putInt(some.length).array());
        }
        return all.toString(StandardCharsets.UTF_8);
    }
}
