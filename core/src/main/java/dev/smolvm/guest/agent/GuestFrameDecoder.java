package dev.smolvm.guest.agent;

import dev.smolvm.guest.agent.GuestFrame.EntryKind;
import dev.smolvm.guest.agent.GuestFrame.ExitKind;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Takes frames out of received bytes. Every field is checked; nothing is allocated by a length before its bytes are there. */
final class GuestFrameDecoder {
    private static final int HIGHEST_OK_PAYLOAD = 16;

    private GuestFrameDecoder() {}

    /**
     * The next frame, or null where it is not complete yet; then nothing but NOPs has been taken.
     *
     * @param from little-endian
     * @throws ProtocolException what is there can never become a frame
     */
    static GuestFrame next(ByteBuffer from) throws ProtocolException {
        while (from.hasRemaining() && from.get(from.position()) == 0) {
            from.get();
        }
        int start = from.position();
        int available = from.remaining();
        if (available == 0) {
            return null;
        }
        int type = from.get(start) & 0xFF;
        checkType(type);
        for (int i = 1; i < 4 && i < available; i++) {
            if (from.get(start + i) != 0) {
                throw new ProtocolException("a frame header whose reserved bytes are not zero");
            }
        }
        if (available < HostFrame.HEADER_BYTES) {
            return null;
        }
        int length = from.getInt(start + 4);
        if (length < 0 || length > HostFrame.MAX_PAYLOAD) {
            throw new ProtocolException("a frame of " + Integer.toUnsignedString(length) + " bytes");
        }
        if (available - HostFrame.HEADER_BYTES < length) {
            return null;
        }
        from.position(start + HostFrame.HEADER_BYTES + length);
        return decode(type, from.slice(start + HostFrame.HEADER_BYTES, length).order(ByteOrder.LITTLE_ENDIAN));
    }

    private static void checkType(int type) throws ProtocolException {
        boolean known = type >= 0x81 && type <= 0x8B || type >= 0x90 && type <= 0x92;
        if (!known) {
            throw new ProtocolException("a frame of the unknown type " + type);
        }
    }

    private static GuestFrame decode(int type, ByteBuffer payload) throws ProtocolException {
        try {
            GuestFrame frame =
                    switch (type) {
                        case 0x81 -> helloAck(payload);
                        case 0x82 -> pong(payload);
                        case 0x83 -> new GuestFrame.Started(payload.getInt());
                        case 0x84 -> new GuestFrame.Output(false, rest(payload));
                        case 0x85 -> new GuestFrame.Output(true, rest(payload));
                        case 0x86 -> exit(payload);
                        case 0x87 -> new GuestFrame.Window(payload.getInt() & 0xFFFF_FFFFL);
                        case 0x88 -> entry(payload);
                        case 0x89 -> new GuestFrame.Data(rest(payload));
                        case 0x8A -> new GuestFrame.EntryEnd();
                        case 0x8B -> new GuestFrame.Done();
                        case 0x90 -> ok(payload);
                        case 0x91 -> new GuestFrame.Error(payload.getInt(), Text.getShort(payload));
                        case 0x92 -> new GuestFrame.ByeAck();
                        default -> throw new ProtocolException("a frame of the unknown type " + type);
                    };
            if (payload.hasRemaining()) {
                throw new ProtocolException("a frame of type " + type + " that is too long");
            }
            return frame;
        } catch (BufferUnderflowException e) {
            throw new ProtocolException("a frame of type " + type + " that is too short");
        }
    }

    private static ByteBuffer rest(ByteBuffer payload) {
        ByteBuffer all = payload.slice();
        payload.position(payload.limit());
        return all;
    }

    private static GuestFrame helloAck(ByteBuffer payload) throws ProtocolException {
        int version = payload.getShort() & 0xFFFF;
        byte[] nonce = new byte[HostFrame.NONCE_BYTES];
        payload.get(nonce);
        return new GuestFrame.HelloAck(version, nonce, Text.getShort(payload));
    }

    private static GuestFrame pong(ByteBuffer payload) throws ProtocolException {
        long seconds = payload.getLong();
        int nanos = payload.getInt();
        long uptime = payload.getLong();
        // Instant and Duration in nanoseconds hold less than what 64 bits can claim.
        boolean sane = Math.abs(seconds) < 1L << 40 && nanos >= 0 && nanos < 1_000_000_000 && uptime >= 0;
        if (!sane) {
            throw new ProtocolException("a clock that no clock shows");
        }
        return new GuestFrame.Pong(seconds, nanos, uptime);
    }

    private static GuestFrame exit(ByteBuffer payload) throws ProtocolException {
        int kind = payload.get() & 0xFF;
        int value = payload.getInt();
        if (kind > 2) {
            throw new ProtocolException("a command that ended in the unknown way " + kind);
        }
        boolean sane =
                switch (kind) {
                    case 0 -> value >= 0 && value <= 255;
                    case 1 -> value >= 1 && value <= 64;
                    default -> true;
                };
        if (!sane) {
            throw new ProtocolException("an exit code or signal out of range");
        }
        return new GuestFrame.Exit(
                switch (kind) {
                    case 0 -> ExitKind.EXITED;
                    case 1 -> ExitKind.KILLED;
                    default -> ExitKind.TIMED_OUT;
                },
                value);
    }

    private static GuestFrame entry(ByteBuffer payload) throws ProtocolException {
        int kind = payload.get() & 0xFF;
        int mode = payload.getInt();
        long size = payload.getLong();
        String path = Text.getLong(payload);
        String target = Text.getLong(payload);
        if (kind > 2) {
            throw new ProtocolException("a file of the unknown kind " + kind);
        }
        if (size < 0) {
            throw new ProtocolException("a file of " + Long.toUnsignedString(size) + " bytes");
        }
        if (mode < 0 || mode > 07777) {
            throw new ProtocolException("a file mode out of range");
        }
        return new GuestFrame.Entry(
                switch (kind) {
                    case 0 -> EntryKind.FILE;
                    case 1 -> EntryKind.DIRECTORY;
                    default -> EntryKind.SYMLINK;
                },
                mode,
                size,
                path,
                target);
    }

    private static GuestFrame ok(ByteBuffer payload) throws ProtocolException {
        if (payload.remaining() > HIGHEST_OK_PAYLOAD) {
            throw new ProtocolException("an OK that is too long");
        }
        ByteBuffer copy = ByteBuffer.allocate(payload.remaining()).order(ByteOrder.LITTLE_ENDIAN);
        copy.put(payload).flip();
        return new GuestFrame.Ok(copy);
    }
}
