package dev.smolvm.guest.agent;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.GuestAddress;
import dev.smolvm.os.UnixSockets;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/** Opens sessions with agents: finds a free port, connects, greets; tries again until the deadline. */
public final class AgentConnector {
    private static final long FIRST_PAUSE_NANOS = 500_000L;
    private static final long LONGEST_PAUSE_NANOS = 20_000_000L;

    private AgentConnector() {}

    public static Guest connect(GuestAddress.VirtioSerial address, Duration within) {
        return connect(deadline -> attempt(address, deadline), within);
    }

    /** A guest that is reached over vsock takes any number of sessions at once. */
    public static Guest connect(GuestAddress.Vsock address, Duration within) {
        String operation = "connect to the guest's agent at " + address.socket();
        return connect(
                deadline ->
                        greet(SessionLine.FRESH, () -> VsockConnection.open(address, deadline), operation, deadline),
                within);
    }

    private static Guest connect(Function<Deadline, Attempt> attempts, Duration within) {
        Deadline deadline = Deadline.after(within);
        long pause = FIRST_PAUSE_NANOS;
        while (true) {
            Attempt attempt = attempts.apply(deadline);
            if (attempt.session() != null) {
                return new AgentGuest(attempt.session());
            }
            if (deadline.remainingNanos() <= pause) {
                throw attempt.failure();
            }
            sleep(pause);
            pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
        }
    }

    /** A session, or a failure that may be none a moment later; the other is null. */
    private record Attempt(AgentSession session, SmolVmException failure) {
        static Attempt failed(SmolVmException failure) {
            return new Attempt(null, failure);
        }
    }

    private static Attempt attempt(GuestAddress.VirtioSerial address, Deadline deadline) {
        String operation = "connect to the guest's agent at " + address.directory();
        PortLock port;
        try {
            Optional<PortLock> free = PortLock.tryAny(address.directory(), address.ports());
            if (free.isEmpty()) {
                return Attempt.failed(new SmolVmException(
                        ErrorKind.CONFLICT,
                        operation + ": all its " + address.ports() + " ports are in use by other commands",
                        "wait for one of them to end, then run the same command again"));
            }
            port = free.get();
        } catch (java.nio.file.NoSuchFileException e) {
            return Attempt.failed(AgentFailures.unresponsive(operation + ": no such directory", e));
        } catch (IOException e) {
            throw AgentFailures.of(operation, e);
        }
        return greet(port, () -> UnixSockets.connect(port.socket()), operation, deadline);
    }

    /** Opens a connection. */
    private interface Opener {
        SocketChannel open() throws IOException;
    }

    private static Attempt greet(SessionLine line, Opener opener, String operation, Deadline deadline) {
        AgentSession session = null;
        FrameChannel frames;
        boolean greeted = false;
        try {
            frames = new FrameChannel(opener.open());
            session = new AgentSession(line, frames);
            session.greet(deadline);
            greeted = true;
            return new Attempt(session, null);
        } catch (EOFException | SocketException e) {
            // Nobody listens (yet), or whoever does is just going.
            return Attempt.failed(AgentFailures.of(operation, e));
        } catch (IOException e) {
            SmolVmException failure = AgentFailures.of(operation, e);
            if (failure.kind() == ErrorKind.GUEST_UNRESPONSIVE || session == null) {
                return Attempt.failed(failure);
            }
            throw failure;
        } finally {
            if (!greeted) {
                if (session != null) {
                    session.drop();
                }
                line.close();
            }
        }
    }

    private static void sleep(long nanos) {
        try {
            Thread.sleep(Duration.ofNanos(nanos));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SmolVmException(ErrorKind.INTERRUPTED, "connect to the guest: interrupted", "", e);
        }
    }
}
