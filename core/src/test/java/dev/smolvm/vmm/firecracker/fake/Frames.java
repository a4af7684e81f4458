package dev.smolvm.vmm.firecracker.fake;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** Frames of the control channel (docs/control-channel.md), as the guest reads and writes them. */
final class Frames {
    private static final int MAX_PAYLOAD = 65_536;

    private final SocketChannel socket;
    private final ByteBuffer received = ByteBuffer.allocate(1 << 16).limit(0);

    Frames(SocketChannel socket) {
        this.socket = socket;
    }

    record Frame(int type, ByteBuffer payload) {
        String longText() {
            byte[] text = new byte[payload.getInt()];
            payload.get(text);
            return new String(text, StandardCharsets.UTF_8);
        }

        String shortText() {
            byte[] text = new byte[Short.toUnsignedInt(payload.getShort())];
            payload.get(text);
            return new String(text, StandardCharsets.UTF_8);
        }
    }

    Frame read() throws IOException {
        byte type = take(1).get();
        while (type == 0) {
            type = take(1).get();
        }
        ByteBuffer rest = take(7);
        int length = rest.getInt(3);
        if (rest.get(0) != 0 || rest.get(1) != 0 || rest.get(2) != 0 || length < 0 || length > MAX_PAYLOAD) {
            throw new IOException("not a frame");
        }
        return new Frame(type & 0xFF, take(length));
    }

    private ByteBuffer take(int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            if (!received.hasRemaining()) {
                received.clear();
                int some = socket.read(received);
                received.flip();
                if (some < 0) {
                    throw new EOFException();
                }
            }
            int some = Math.min(received.remaining(), bytes.remaining());
            bytes.put(received.slice(received.position(), some));
            received.position(received.position() + some);
        }
        return bytes.flip();
    }

    synchronized void send(int type, byte... payload) throws IOException {
        ByteBuffer all = ByteBuffer.allocate(8 + payload.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(type)
                .putInt(payload.length)
                .put(payload)
                .flip();
        while (all.hasRemaining()) {
            socket.write(all);
        }
    }

    void error(int errno, String message) throws IOException {
        byte[] text = message.getBytes(StandardCharsets.UTF_8);
        send(
                0x91,
                ByteBuffer.allocate(6 + text.length)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(errno)
                        .putShort((short) text.length)
                        .put(text)
                        .array());
    }

    /** A payload of numbers, little-endian. */
    static ByteBuffer payload(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
