package dev.smolvm.guest.agent;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Frames over a connected socket. One thread reads; any thread writes. Memory is bounded by one receive buffer. After any
 * exception the channel is closed, because nobody knows where in a frame it stopped.
 */
final class FrameChannel implements AutoCloseable {
    /** Four whole frames, so that one read(2) takes all that a socket buffer holds. */
    private static final int RECEIVE_BYTES = 4 * (HostFrame.HEADER_BYTES + HostFrame.MAX_PAYLOAD);

    private static final int HELLO_ACK_PREFIX = HostFrame.HEADER_BYTES + 2 + HostFrame.NONCE_BYTES;
    private static final int HELLO_SCAN_LIMIT = 4 << 20;

    private final SocketChannel socket;
    private final ByteBuffer in =
            ByteBuffer.allocate(RECEIVE_BYTES).order(ByteOrder.LITTLE_ENDIAN).limit(0);
    private final ByteBuffer out =
            ByteBuffer.allocate(HostFrame.HEADER_BYTES + HostFrame.MAX_PAYLOAD).order(ByteOrder.LITTLE_ENDIAN);
    private final ReentrantLock writing = new ReentrantLock();
    private final Watchdog watchdog = new Watchdog(this::expire);
    private volatile boolean expired;
    private volatile boolean broken;

    /** @param socket blocking; this channel's to close */
    FrameChannel(SocketChannel socket) {
        this.socket = socket;
    }

    /** The deadline of all that follows, until it is set again. */
    void deadline(Deadline deadline) {
        watchdog.arm(deadline);
    }

    Watchdog watchdog() {
        return watchdog;
    }

    private void expire() {
        expired = true;
        closeSocket();
    }

    boolean isBroken() {
        return broken || !socket.isOpen();
    }

    GuestFrame read() throws IOException {
        try {
            GuestFrame frame = GuestFrameDecoder.next(in);
            while (frame == null) {
                fill();
                frame = GuestFrameDecoder.next(in);
            }
            return frame;
        } catch (IOException e) {
            throw fail(e);
        }
    }

    private void fill() throws IOException {
        in.compact();
        int count = socket.read(in);
        in.flip();
        if (count < 0) {
            throw new EOFException("the guest closed the connection");
        }
    }

    /** Throws received bytes away up to the acknowledgement of a nonce, which the next {@link #read} gives. */
    void skipToHelloAck(byte[] nonce) throws IOException {
        byte[] expected = new byte[HostFrame.NONCE_BYTES];
        System.arraycopy(nonce, 0, expected, 0, expected.length);
        long skipped = 0;
        try {
            while (true) {
                while (in.remaining() >= HELLO_ACK_PREFIX) {
                    if (isHelloAck(in.position(), expected)) {
                        return;
                    }
                    in.get();
                    if (++skipped > HELLO_SCAN_LIMIT) {
                        throw new ProtocolException("4 MiB without an acknowledgement of the greeting");
                    }
                }
                fill();
            }
        } catch (IOException e) {
            throw fail(e);
        }
    }

    private boolean isHelloAck(int at, byte[] nonce) {
        if (in.get(at) != (byte) 0x81) {
            return false;
        }
        int nonceAt = at + HELLO_ACK_PREFIX - HostFrame.NONCE_BYTES;
        return Arrays.equals(in.array(), nonceAt, nonceAt + HostFrame.NONCE_BYTES, nonce, 0, HostFrame.NONCE_BYTES);
    }

    /**
     * @throws java.nio.BufferOverflowException the payload is longer than a frame may be; nothing was sent
     * @throws Text.UnsendableException nothing was sent
     */
    void write(HostFrame frame) throws IOException {
        lockWriting();
        try {
            out.clear().position(HostFrame.HEADER_BYTES);
            frame.encode(out);
            putHeader(out, frame.type());
            send(out);
        } finally {
            writing.unlock();
        }
    }

    /** Sends what lies in a buffer behind {@link HostFrame#HEADER_BYTES} free bytes, without copying it. */
    void send(int type, ByteBuffer headerAndPayload) throws IOException {
        lockWriting();
        try {
            putHeader(headerAndPayload, type);
            send(headerAndPayload);
        } finally {
            writing.unlock();
        }
    }

    void sendResync() throws IOException {
        lockWriting();
        try {
            send(ByteBuffer.allocate(HostFrame.RESYNC_BYTES));
        } finally {
            writing.unlock();
        }
    }

    /** Keeps every other writer out; the caller may write. */
    void lockWriting() throws ClosedChannelException {
        try {
            writing.lockInterruptibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClosedByInterruptException();
        }
    }

    boolean tryLockWriting(long nanos) {
        boolean interrupted = Thread.interrupted();
        try {
            return writing.tryLock(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
            return false;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    void unlockWriting() {
        writing.unlock();
    }

    private static void putHeader(ByteBuffer frame, int type) {
        frame.flip();
        frame.order(ByteOrder.LITTLE_ENDIAN);
        frame.putInt(0, type).putInt(4, frame.limit() - HostFrame.HEADER_BYTES);
    }

    private void send(ByteBuffer bytes) throws IOException {
        try {
            while (bytes.hasRemaining()) {
                socket.write(bytes);
            }
        } catch (IOException e) {
            throw fail(e);
        }
    }

    private IOException fail(IOException e) {
        broken = true;
        closeSocket();
        if (expired && e instanceof ClosedChannelException && !(e instanceof ClosedByInterruptException)) {
            return new DeadlineException();
        }
        if (e instanceof AsynchronousCloseException && Thread.currentThread().isInterrupted()) {
            return new ClosedByInterruptException();
        }
        return e;
    }

    private void closeSocket() {
        try {
            socket.close();
        } catch (IOException e) {
            // A socket that cannot be closed is as gone as one that can.
            broken = true;
        }
    }

    @Override
    public void close() {
        watchdog.close();
        closeSocket();
    }
}
