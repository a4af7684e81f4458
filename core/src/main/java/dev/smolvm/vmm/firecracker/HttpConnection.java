package dev.smolvm.vmm.firecracker;

import dev.smolvm.os.UnixSockets;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Bytes to and from a unix socket, each wait with an end (in nanoseconds of {@link System#nanoTime}) that an interruption cuts
 * short. What is read ahead is bounded by one buffer.
 */
final class HttpConnection implements AutoCloseable {
    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;
    private final ByteBuffer in = ByteBuffer.allocate(HttpAnswer.MAX_HEAD).limit(0);

    private HttpConnection(SocketChannel channel, Selector selector) throws IOException {
        this.channel = channel;
        this.selector = selector;
        channel.configureBlocking(false);
        this.key = channel.register(selector, 0);
    }

    /** @throws IOException nobody listens there */
    static HttpConnection open(Path socket) throws IOException {
        SocketChannel channel = UnixSockets.connect(socket);
        try {
            Selector selector = Selector.open();
            try {
                return new HttpConnection(channel, selector);
            } catch (IOException | RuntimeException e) {
                selector.close();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Whether it can carry another request: the peer has neither closed it nor said anything unasked. */
    boolean idle() throws IOException {
        if (in.hasRemaining()) {
            return false;
        }
        in.clear();
        int count = channel.read(in);
        in.flip();
        return count == 0;
    }

    void write(ByteBuffer bytes, long end) throws IOException, InterruptedException {
        while (bytes.hasRemaining()) {
            await(SelectionKey.OP_WRITE, end);
            channel.write(bytes);
        }
    }

    /** Reads up to an empty line, which is not in what is returned. */
    byte[] readHead(long end) throws IOException, InterruptedException, HttpFormatException {
        int searched = 0;
        while (true) {
            for (; searched + 4 <= in.remaining(); searched++) {
                if (isEmptyLine(in.position() + searched)) {
                    byte[] head = new byte[searched];
                    in.get(head).position(in.position() + 4);
                    return head;
                }
            }
            if (in.remaining() == in.capacity()) {
                throw new HttpFormatException("an answer's head is longer than " + in.capacity() + " bytes");
            }
            receive(end);
        }
    }

    private boolean isEmptyLine(int at) {
        return in.get(at) == '\r' && in.get(at + 1) == '\n' && in.get(at + 2) == '\r' && in.get(at + 3) == '\n';
    }

    /** Memory is taken as the bytes come: a length is only a promise. */
    byte[] readBody(int length, long end) throws IOException, InterruptedException {
        byte[] body = new byte[Math.min(length, in.capacity())];
        int have = 0;
        while (have < length) {
            if (!in.hasRemaining()) {
                receive(end);
            }
            if (have == body.length) {
                body = Arrays.copyOf(body, Math.min(length, 2 * have));
            }
            int some = Math.min(in.remaining(), body.length - have);
            in.get(body, have, some);
            have += some;
        }
        return body;
    }

    private void receive(long end) throws IOException, InterruptedException {
        in.compact();
        try {
            await(SelectionKey.OP_READ, end);
            if (channel.read(in) < 0) {
                throw new EOFException("connection closed");
            }
        } finally {
            in.flip();
        }
    }

    private void await(int operation, long end) throws IOException, InterruptedException {
        key.interestOps(operation);
        while (true) {
            // An interrupted thread that reads would close the channel.
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedException();
            }
            long left = end - System.nanoTime();
            if (left <= 0) {
                throw new SocketTimeoutException();
            }
            selector.select(TimeUnit.NANOSECONDS.toMillis(left) + 1);
            if (selector.selectedKeys().remove(key)) {
                return;
            }
        }
    }

    @Override
    public void close() {
        try (channel;
                selector) {
            // Both.
        } catch (IOException e) {
            // Nothing is lost with it.
        }
    }
}
