package dev.smolvm.guest.agent;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.io.IOException;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;

/** A greeted port: one request at a time, each with its deadline. */
final class AgentSession implements AutoCloseable {
    private static final long FIRST_HELLO_REPEAT_NANOS = 500_000_000L;
    private static final int HELLO_REPEATS = 8;
    private static final Duration GOODBYE = Duration.ofSeconds(2);

    private final SessionLine line;
    private final FrameChannel frames;
    private final ReentrantLock requests = new ReentrantLock();
    private byte[] nonce;
    private int hellosSent;
    private int acksSeen;
    private volatile boolean inOrder = true;

    /** Owns both from here on, and does not talk yet. */
    AgentSession(SessionLine line, FrameChannel frames) {
        this.line = line;
        this.frames = frames;
    }

    interface Request<T> {
        T run(FrameChannel frames) throws IOException;
    }

    /** Greets the agent; docs/control-channel.md, "Session". */
    void greet(Deadline deadline) throws IOException {
        nonce = Entropy.bytes(HostFrame.NONCE_BYTES);
        frames.deadline(deadline);
        if (!line.wasClean()) {
            frames.sendResync();
        }
        sayHello();
        // An agent that meets the rest of an older session's frame may drop what is pending, our greeting with it.
        frames.watchdog().remind(FIRST_HELLO_REPEAT_NANOS, this::repeatHello);
        GuestFrame.HelloAck ack;
        try {
            frames.skipToHelloAck(nonce);
        } finally {
            frames.watchdog().forget();
        }
        if (!(frames.read() instanceof GuestFrame.HelloAck first)) {
            throw new ProtocolException("no acknowledgement of the greeting");
        }
        ack = first;
        acksSeen = 1;
        if (ack.version() != HostFrame.VERSION) {
            frames.close();
            throw new SmolVmException(
                    ErrorKind.INCOMPATIBLE,
                    "connect to the guest: its agent speaks protocol version " + ack.version() + ", this smolvm "
                            + HostFrame.VERSION,
                    "build the image again with: smolvm image build");
        }
        frames.deadline(Deadline.NONE);
    }

    private void sayHello() throws IOException {
        hellosSent++;
        frames.write(new HostFrame.Hello(nonce));
    }

    private void repeatHello() {
        if (hellosSent > HELLO_REPEATS) {
            return;
        }
        try {
            sayHello();
        } catch (IOException e) {
            // The reader of the same socket meets the failure and reports it.
            inOrder = false;
        }
    }

    /** The next frame, leaving out acknowledgements of repeated greetings; {@link RestartedException} from an agent that began anew. */
    GuestFrame read() throws IOException {
        while (true) {
            GuestFrame frame = frames.read();
            if (!(frame instanceof GuestFrame.HelloAck ack)) {
                return frame;
            }
            if (Arrays.equals(ack.nonce(), HostFrame.NO_NONCE)) {
                throw new RestartedException();
            }
            if (acksSeen >= hellosSent || !Arrays.equals(ack.nonce(), nonce)) {
                throw new ProtocolException("an acknowledgement of a greeting that was not sent");
            }
            acksSeen++;
        }
    }

    /** The one answer of a quick request; ERROR is thrown. */
    GuestFrame ask(HostFrame frame) throws IOException {
        frames.write(frame);
        return answer();
    }

    GuestFrame answer() throws IOException {
        GuestFrame frame = read();
        if (frame instanceof GuestFrame.Error error) {
            throw new RefusedException(error);
        }
        return frame;
    }

    /** OK with a payload of exactly this length. */
    ByteBuffer askOk(HostFrame frame, int payloadBytes) throws IOException {
        frames.write(frame);
        return answerOk(payloadBytes);
    }

    ByteBuffer answerOk(int payloadBytes) throws IOException {
        if (answer() instanceof GuestFrame.Ok(ByteBuffer payload) && payload.remaining() == payloadBytes) {
            return payload;
        }
        throw new ProtocolException("an answer that is not OK");
    }

    /**
     * Runs one request; its failures become the library's errors. After any failure but a refusal by the agent the session
     * is closed, since the two ends may no longer agree on where it stands.
     */
    <T> T request(String operation, Deadline deadline, Request<T> request) {
        if (!requests.tryLock()) {
            throw new IllegalStateException("this session is in use by another thread: open one for each");
        }
        boolean done = false;
        try {
            frames.deadline(deadline);
            T result = request.run(frames);
            done = true;
            return result;
        } catch (RefusedException e) {
            done = true;
            throw AgentFailures.of(operation, e);
        } catch (IOException e) {
            throw AgentFailures.of(operation, e);
        } catch (BufferOverflowException e) {
            done = true;
            throw AgentFailures.tooLong(operation);
        } catch (Text.UnsendableException e) {
            done = true;
            throw AgentFailures.unsendable(operation, e);
        } finally {
            if (done) {
                frames.deadline(Deadline.NONE);
            } else {
                drop();
            }
            requests.unlock();
        }
    }

    /** Ends the connection without a word: the guest hangs up a running command and thaws. */
    void drop() {
        inOrder = false;
        frames.close();
    }

    @Override
    public void close() {
        boolean idle = requests.tryLock();
        try {
            if (idle && inOrder && !frames.isBroken() && !Thread.currentThread().isInterrupted()) {
                sayGoodbye();
            }
        } finally {
            frames.close();
            line.close();
            if (idle) {
                requests.unlock();
            }
        }
    }

    private void sayGoodbye() {
        try {
            frames.deadline(Deadline.after(GOODBYE));
            if (ask(HostFrame.Plain.BYE) instanceof GuestFrame.ByeAck) {
                line.markClean();
            }
        } catch (IOException e) {
            // The port stays marked as not clean, which is what the next session must know.
            inOrder = false;
        }
    }
}
