package dev.smolvm.guest.agent;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.ExecResult;
import dev.smolvm.guest.Frozen;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.Pong;
import dev.smolvm.guest.Rejuvenation;
import dev.smolvm.guest.TransferListener;
import dev.smolvm.guest.Trimmed;
import dev.smolvm.guest.transfer.GuestText;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** A guest reached through its agent; the protocol is docs/control-channel.md. */
final class AgentGuest implements Guest {
    private static final int ENTROPY_BYTES = 64;
    /** EPROTO (asm-generic/errno.h): a request that the agent does not know, or not in this form. */
    private static final int PROTOCOL_ERROR = 71;

    /** An agent that was held up beyond its time says so itself. */
    private static final Duration TRIM_GRACE = Duration.ofSeconds(3);

    private static final Duration THAW = Duration.ofSeconds(10);

    private final AgentSession session;

    AgentGuest(AgentSession session) {
        this.session = session;
    }

    @Override
    public Pong ping(Duration deadline) {
        return session.request("ping the guest", Deadline.after(deadline), frames -> {
            if (session.ask(HostFrame.Plain.PING)
                    instanceof GuestFrame.Pong(long seconds, int nanos, long uptimeMillis)) {
                return new Pong(Instant.ofEpochSecond(seconds, nanos), Duration.ofMillis(uptimeMillis));
            }
            throw new ProtocolException("an answer that is not PONG");
        });
    }

    @Override
    public ExecResult exec(ExecRequest request, ExecIo io) {
        String operation = "run " + GuestText.printable(request.command().getFirst()) + " in the guest";
        return session.request(operation, Deadline.NONE, frames -> new AgentExec(session, frames, io).run(request));
    }

    @Override
    public void upload(Path local, String guestPath, boolean recursive, TransferListener listener) throws IOException {
        new AgentUpload(session, listener).upload(local, guestPath, recursive);
    }

    @Override
    public void download(String guestPath, Path local, boolean recursive, TransferListener listener)
            throws IOException {
        new AgentDownload(session, listener).download(guestPath, local, recursive);
    }

    @Override
    public void sync(Duration deadline) {
        quick("flush the guest's file systems", deadline, HostFrame.Plain.SYNC);
    }

    @Override
    public Frozen freeze(Duration watchdog, Duration deadline) {
        return session.request("freeze the guest's file systems", Deadline.after(deadline), frames -> {
            ByteBuffer counts = session.askOk(new HostFrame.Freeze(watchdog), 4);
            return new FrozenByAgent(counts.getShort() & 0xFFFF, counts.getShort() & 0xFFFF);
        });
    }

    private final class FrozenByAgent implements Frozen {
        private final int frozen;
        private final int flushed;
        private boolean thawed;

        FrozenByAgent(int frozen, int flushed) {
            this.frozen = frozen;
            this.flushed = flushed;
        }

        @Override
        public int frozen() {
            return frozen;
        }

        @Override
        public int flushed() {
            return flushed;
        }

        @Override
        public void close() {
            if (!thawed) {
                thawed = true;
                quick("thaw the guest's file systems", THAW, HostFrame.Plain.THAW);
            }
        }
    }

    @Override
    public Trimmed trim(long untouched, Duration time) {
        return session.request("trim the guest's memory", Deadline.after(time.plus(TRIM_GRACE)), frames -> {
            try {
                ByteBuffer amounts = session.askOk(new HostFrame.Trim(untouched, time), 16);
                return new Trimmed(amount(amounts), amount(amounts));
            } catch (RefusedException e) {
                if (e.errno() == PROTOCOL_ERROR) {
                    throw new SmolVmException(
                            ErrorKind.INCOMPATIBLE,
                            "the guest's agent is older than this smolvm and cannot do it",
                            "build the image again (smolvm image build --replace), and create the sandbox from it",
                            e);
                }
                throw e;
            }
        });
    }

    private static long amount(ByteBuffer from) throws ProtocolException {
        long bytes = from.getLong();
        if (bytes < 0) {
            throw new ProtocolException("an amount of memory that no machine has");
        }
        return bytes;
    }

    @Override
    public void rejuvenate(Rejuvenation rejuvenation, Duration deadline) {
        session.request("give the guest the time and randomness", Deadline.after(deadline), frames -> {
            HostFrame frame = new HostFrame.Rejuvenate(Instant.now(), rejuvenation, Entropy.bytes(ENTROPY_BYTES));
            try {
                return session.askOk(frame, 0);
            } catch (RefusedException e) {
                Optional<String> extra = beyondOlderAgents(rejuvenation);
                if (e.errno() == PROTOCOL_ERROR && extra.isPresent()) {
                    throw new SmolVmException(
                            ErrorKind.INCOMPATIBLE,
                            "give the guest " + extra.get() + ": its agent is older than this smolvm and takes none",
                            "build the image again (smolvm image build --replace), and create the sandbox from it",
                            e);
                }
                throw e;
            }
        });
    }

    private static Optional<String> beyondOlderAgents(Rejuvenation rejuvenation) {
        if (!rejuvenation.variables().isEmpty()) {
            return Optional.of("its variables");
        }
        if (rejuvenation.rootBytes().isPresent()) {
            return Optional.of("its disk's new size");
        }
        return rejuvenation.mac().map(_ -> "its hardware address");
    }

    @Override
    public void mount(String serial, String directory, String fileSystem, boolean readOnly, Duration deadline) {
        quick(
                "mount disk " + serial + " at " + directory + " in the guest",
                deadline,
                new HostFrame.Mount(serial, directory, fileSystem, readOnly));
    }

    @Override
    public void shutdown(boolean reboot, Duration deadline) {
        quick(reboot ? "reboot the guest" : "power the guest off", deadline, new HostFrame.Shutdown(reboot));
    }

    private void quick(String operation, Duration deadline, HostFrame frame) {
        session.request(operation, Deadline.after(deadline), frames -> session.askOk(frame, 0));
    }

    @Override
    public void close() {
        session.close();
    }
}
