package dev.smolvm.guest.agent;

import java.nio.ByteBuffer;

/** What the agent sends; docs/control-channel.md, "Guest to host". */
sealed interface GuestFrame {
    record HelloAck(int version, byte[] nonce, String agentVersion) implements GuestFrame {}

    record Pong(long seconds, int nanos, long uptimeMillis) implements GuestFrame {}

    record Started(int pid) implements GuestFrame {}

    /** @param bytes valid until the next frame is read */
    record Output(boolean error, ByteBuffer bytes) implements GuestFrame {}

    record Exit(ExitKind kind, int value) implements GuestFrame {}

    enum ExitKind {
        EXITED,
        KILLED,
        TIMED_OUT
    }

    record Window(long bytes) implements GuestFrame {}

    /** @param size what the guest believes; the content decides */
    record Entry(EntryKind kind, int mode, long size, String path, String target) implements GuestFrame {}

    enum EntryKind {
        FILE,
        DIRECTORY,
        SYMLINK
    }

    /** @param bytes valid until the next frame is read */
    record Data(ByteBuffer bytes) implements GuestFrame {}

    record EntryEnd() implements GuestFrame {}

    record Done() implements GuestFrame {}

    /** @param payload a copy */
    record Ok(ByteBuffer payload) implements GuestFrame {}

    record Error(int errno, String message) implements GuestFrame {}

    record ByeAck() implements GuestFrame {}
}
