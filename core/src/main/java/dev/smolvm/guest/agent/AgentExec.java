package dev.smolvm.guest.agent;

import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.ExecResult;
import dev.smolvm.guest.TerminalSize;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;

/** One command in the guest: this thread takes its output, another one feeds its input. */
final class AgentExec {
    private static final Duration START = Duration.ofSeconds(30);
    private static final long LAST_WRITE_NANOS = 5_000_000_000L;
    private static final long CONTROL_WRITE_NANOS = 10_000_000_000L;
    private static final int WINDOW_AT_START = 256 << 10;

    private final AgentSession session;
    private final FrameChannel frames;
    private final ExecIo io;
    private final StdinWindow window = new StdinWindow(WINDOW_AT_START);
    /** Set under the write lock: nothing about this command may go out after its end, where the next request begins. */
    private boolean ended;

    private volatile IOException inputFailure;

    AgentExec(AgentSession session, FrameChannel frames, ExecIo io) {
        this.session = session;
        this.frames = frames;
        this.io = io;
    }

    ExecResult run(ExecRequest request) throws IOException {
        frames.deadline(Deadline.after(START));
        if (!(session.ask(new HostFrame.Exec(request)) instanceof GuestFrame.Started)) {
            throw new ProtocolException("no word of the command's start");
        }
        frames.deadline(Deadline.NONE);
        Thread input = startInput();
        try {
            io.controls().accept(new RunningCommand());
            return awaitExit();
        } catch (IOException e) {
            throw inputFailure != null && !(e instanceof ClosedByInterruptException) ? inputFailure : e;
        } finally {
            end(input);
        }
    }

    private ExecResult awaitExit() throws IOException {
        while (true) {
            GuestFrame frame = session.read();
            // Not a switch over the types: the first pattern switch of a process costs 4 ms.
            if (frame instanceof GuestFrame.Output output) {
                pass(output.bytes(), output.error() ? io.stderr() : io.stdout());
            } else if (frame instanceof GuestFrame.Window more) {
                window.grant(more.bytes());
            } else if (frame instanceof GuestFrame.Exit exit) {
                return switch (exit.kind()) {
                    case EXITED -> new ExecResult.Exited(exit.value());
                    case KILLED -> new ExecResult.Killed(exit.value());
                    case TIMED_OUT -> new ExecResult.TimedOut();
                };
            } else {
                throw new ProtocolException("an answer that is not about the running command");
            }
        }
    }

    private static void pass(ByteBuffer bytes, OutputStream to) throws IOException {
        try {
            to.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
            to.flush();
        } catch (IOException e) {
            throw new LocalFailureException("its output cannot be written", e);
        }
    }

    private Thread startInput() {
        if (io.stdin() == ExecIo.NO_INPUT) {
            feed();
            return null;
        }
        // A platform thread, since the first virtual one costs a process 12 ms and a read of System.in pins its
        // carrier.
        Thread thread = new Thread(this::feed, "smolvm-guest-stdin");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void feed() {
        ByteBuffer frame = ByteBuffer.allocate(HostFrame.HEADER_BYTES + HostFrame.MAX_PAYLOAD);
        try {
            int count;
            do {
                int room = window.await(HostFrame.MAX_PAYLOAD);
                if (room == 0) {
                    return;
                }
                count = io.stdin() == ExecIo.NO_INPUT
                        ? -1
                        : io.stdin().read(frame.array(), HostFrame.HEADER_BYTES, room);
                window.use(Math.max(count, 0));
                frame.clear().position(HostFrame.HEADER_BYTES + Math.max(count, 0));
            } while (count == 0 || sendInput(frame) && count > 0);
        } catch (IOException e) {
            inputFailed(e);
        } catch (RuntimeException e) {
            inputFailed(new IOException(e));
        }
    }

    /** False where the command has ended. */
    private boolean sendInput(ByteBuffer frame) throws IOException {
        frames.lockWriting();
        try {
            if (ended) {
                return false;
            }
            frames.send(HostFrame.STDIN, frame);
            return true;
        } finally {
            frames.unlockWriting();
        }
    }

    /** A command must not take half of its input for all of it: it is hung up, and the caller told why. */
    private void inputFailed(IOException e) {
        if (window.isClosed()) {
            return;
        }
        if (!frames.isBroken()) {
            inputFailure = new LocalFailureException("its input cannot be read", e);
        }
        frames.close();
    }

    private void end(Thread input) {
        window.close();
        if (!frames.tryLockWriting(LAST_WRITE_NANOS)) {
            // A guest that does not read its input any more: this session cannot be used again.
            frames.close();
            return;
        }
        try {
            ended = true;
        } finally {
            frames.unlockWriting();
        }
        if (input != null) {
            // It cannot reach the socket any more; where its stream can be interrupted, it ends now.
            input.interrupt();
        }
    }

    private final class RunningCommand implements ExecIo.Controls {
        @Override
        public void signal(int number) throws IOException {
            if (number < 1 || number > 64) {
                throw new IllegalArgumentException("no such signal: " + number);
            }
            send(new HostFrame.Signal(number));
        }

        @Override
        public void resize(TerminalSize size) throws IOException {
            send(new HostFrame.Resize(size));
        }

        private void send(HostFrame frame) throws IOException {
            if (!frames.tryLockWriting(CONTROL_WRITE_NANOS)) {
                throw new DeadlineException();
            }
            try {
                if (!ended) {
                    frames.write(frame);
                }
            } finally {
                frames.unlockWriting();
            }
        }
    }
}
