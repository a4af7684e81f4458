package dev.smolvm.vmm.firecracker.fake;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** The host's end of a session with the fake guest, for tests that do without ours. */
public final class GuestClient implements AutoCloseable {
    private static final byte[] NONCE = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private final SocketChannel socket;
    private final Frames frames;

    /** How a command ended. */
    public record Result(int status, String output, String errors) {}

    private GuestClient(SocketChannel socket) {
        this.socket = socket;
        this.frames = new Frames(socket);
    }

    /** @param vsock what was configured as {@code uds_path} */
    public static GuestClient connect(Path vsock) throws IOException {
        SocketChannel socket = SocketChannel.open(UnixDomainSocketAddress.of(vsock));
        try {
            socket.write(ByteBuffer.wrap("CONNECT 5000\n".getBytes(StandardCharsets.US_ASCII)));
            String answer = line(socket);
            if (!answer.matches("OK [0-9]+")) {
                throw new IOException(answer);
            }
            GuestClient client = new GuestClient(socket);
            client.request(1, Frames.payload(18).putShort((short) 1).put(NONCE).array(), 0x81);
            return client;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private static String line(SocketChannel socket) throws IOException {
        StringBuilder line = new StringBuilder();
        ByteBuffer one = ByteBuffer.allocate(1);
        while (true) {
            if (socket.read(one.clear()) < 0) {
                throw new EOFException();
            }
            if (one.get(0) == '\n') {
                return line.toString();
            }
            line.append((char) one.get(0));
        }
    }

    private Frames.Frame request(int type, byte[] payload, int expected) throws IOException {
        frames.send(type, payload);
        return expect(expected);
    }

    private Frames.Frame expect(int type) throws IOException {
        Frames.Frame frame = frames.read();
        if (frame.type() == 0x91) {
            int errno = frame.payload().getInt();
            throw new IOException("errno " + errno + ": " + frame.shortText());
        }
        if (frame.type() != type) {
            throw new IOException("expected a frame of type " + type + ", got " + frame.type());
        }
        return frame;
    }

    public void sync() throws IOException {
        request(13, new byte[0], 0x90);
    }

    public void freeze(int watchdogMillis) throws IOException {
        request(14, Frames.payload(4).putInt(watchdogMillis).array(), 0x90);
    }

    public void thaw() throws IOException {
        request(15, new byte[0], 0x90);
    }

    public void rejuvenate(String hostname) throws IOException {
        byte[] name = hostname.getBytes(StandardCharsets.UTF_8);
        request(
                16,
                Frames.payload(12 + 2 + name.length + 2 + 1 + 2 + 4)
                        .putLong(1)
                        .putInt(0)
                        .putShort((short) name.length)
                        .put(name)
                        .putShort((short) 0)
                        .put((byte) 0)
                        .putShort((short) 4)
                        .putInt(7)
                        .array(),
                0x90);
    }

    public void shutDown() throws IOException {
        request(17, new byte[] {0}, 0x90);
    }

    public Result exec(String... command) throws IOException {
        return exec(List.of(command), 0, "");
    }

    public Result exec(List<String> command, int timeoutMillis, String input) throws IOException {
        ByteArrayOutputStream words = new ByteArrayOutputStream();
        for (String word : command) {
            byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
            words.writeBytes(Frames.payload(4 + bytes.length)
                    .putInt(bytes.length)
                    .put(bytes)
                    .array());
        }
        request(
                3,
                Frames.payload(1 + 4 + 4 + 8 + 2 + words.size() + 2)
                        .put((byte) 0)
                        .putInt(0)
                        .putInt(timeoutMillis)
                        .putLong(0)
                        .putShort((short) command.size())
                        .put(words.toByteArray())
                        .putShort((short) 0)
                        .array(),
                0x83);
        if (!input.isEmpty()) {
            frames.send(4, input.getBytes(StandardCharsets.UTF_8));
        }
        frames.send(4);
        return result();
    }

    private Result result() throws IOException {
        StringBuilder output = new StringBuilder();
        StringBuilder errors = new StringBuilder();
        while (true) {
            Frames.Frame frame = frames.read();
            switch (frame.type()) {
                case 0x84 -> output.append(StandardCharsets.UTF_8.decode(frame.payload()));
                case 0x85 -> errors.append(StandardCharsets.UTF_8.decode(frame.payload()));
                case 0x86 -> {
                    int kind = frame.payload().get();
                    int code = frame.payload().getInt();
                    return new Result(kind == 0 ? code : -kind, output.toString(), errors.toString());
                }
                case 0x87 -> {}
                default -> throw new IOException("unexpected frame of type " + frame.type());
            }
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
