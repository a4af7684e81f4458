package dev.smolvm.guest.ssh;

import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecResult;
import dev.smolvm.guest.TerminalSize;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.channel.PtyChannelConfiguration;

/** One command over SSH. */
final class SshExec {
    private static final Duration OPEN = Duration.ofSeconds(30);
    private static final int INPUT_BYTES = 32 << 10;
    /** RFC 4254, section 6.10, and what OpenSSH adds (session.c, name2sig); the number is the index. */
    private static final String[] SIGNALS = {
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
        "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
        "WINCH", "IO", "PWR", "SYS"
    };

    private final ClientSession session;
    private final ExecIo io;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile IOException localFailure;
    private volatile boolean ended;

    SshExec(ClientSession session, ExecIo io) {
        this.session = session;
        this.io = io;
    }

    /** A command's end, or why there is none. */
    sealed interface End {
        record Ended(ExecResult result) implements End {}

        record Lost() implements End {}
    }

    End run(String commandLine, Optional<TerminalSize> terminal, Optional<Duration> timeout)
            throws IOException, InterruptedException {
        ChannelExec channel = open(commandLine, terminal);
        Thread input = new Thread(() -> feed(channel), "smolvm-guest-stdin");
        input.setDaemon(true);
        input.start();
        try {
            io.controls().accept(new RunningCommand(channel));
            if (!await(timeout)) {
                signalQuietly(channel, "KILL");
                return new End.Ended(new ExecResult.TimedOut());
            }
            if (localFailure != null) {
                signalQuietly(channel, "HUP");
                throw localFailure;
            }
            return end(channel);
        } catch (InterruptedException e) {
            // As with the agent: the command is hung up and the session over.
            signalQuietly(channel, "HUP");
            session.close(false);
            throw e;
        } finally {
            ended = true;
            // In order, but without waiting for a guest that may not answer.
            channel.close(false);
            input.interrupt();
        }
    }

    private ChannelExec open(String commandLine, Optional<TerminalSize> terminal) throws IOException {
        ChannelExec channel = terminal.isPresent()
                ? session.createExecChannel(
                        commandLine, java.nio.charset.StandardCharsets.UTF_8, size(terminal.get()), null)
                : session.createExecChannel(commandLine);
        channel.setUsePty(terminal.isPresent());
        channel.setOut(new Passing(io.stdout()));
        channel.setErr(new Passing(io.stderr()));
        channel.addCloseFutureListener(future -> closed.countDown());
        try {
            channel.open().verify(OPEN);
            return channel;
        } catch (IOException e) {
            channel.close(true);
            throw e;
        }
    }

    private static PtyChannelConfiguration size(TerminalSize size) {
        PtyChannelConfiguration pty = new PtyChannelConfiguration();
        pty.setPtyType("xterm");
        pty.setPtyLines(size.rows());
        pty.setPtyColumns(size.columns());
        return pty;
    }

    private boolean await(Optional<Duration> timeout) throws InterruptedException {
        if (timeout.isEmpty()) {
            closed.await();
            return true;
        }
        return closed.await(timeout.get().toNanos(), TimeUnit.NANOSECONDS);
    }

    private static End end(ChannelExec channel) {
        String signal = channel.getExitSignal();
        if (signal != null) {
            for (int number = 1; number < SIGNALS.length; number++) {
                if (SIGNALS[number].equals(signal)) {
                    return new End.Ended(new ExecResult.Killed(number));
                }
            }
            return new End.Lost();
        }
        Integer status = channel.getExitStatus();
        return status == null ? new End.Lost() : new End.Ended(new ExecResult.Exited(status & 0xFF));
    }

    private void feed(ChannelExec channel) {
        byte[] bytes = new byte[INPUT_BYTES];
        try (OutputStream to = channel.getInvertedIn()) {
            int count = 0;
            while (!ended && count >= 0) {
                try {
                    count = io.stdin().read(bytes);
                } catch (IOException | RuntimeException e) {
                    inputFailed(e);
                    return;
                }
                if (count > 0 && !ended) {
                    to.write(bytes, 0, count);
                    to.flush();
                }
            }
        } catch (IOException e) {
            // The command no longer takes input, or the connection is gone, which its end tells.
            return;
        }
    }

    private void inputFailed(Exception e) {
        if (!ended) {
            fail("standard input", e);
        }
    }

    /** Wakes the caller, who ends the command. */
    private void fail(String stream, Exception e) {
        localFailure = new java.nio.file.FileSystemException(stream, null, e.getMessage());
        closed.countDown();
    }

    private static void signalQuietly(ChannelExec channel, String name) {
        try {
            send(channel, name);
        } catch (IOException e) {
            // The channel is closed next, which is all that can be done.
            return;
        }
    }

    private static void send(ChannelExec channel, String name) throws IOException {
        org.apache.sshd.common.util.buffer.Buffer request =
                channel.getSession().createBuffer(org.apache.sshd.common.SshConstants.SSH_MSG_CHANNEL_REQUEST, 64);
        request.putUInt(channel.getRecipient());
        request.putString("signal");
        request.putBoolean(false);
        request.putString(name);
        channel.writePacket(request);
    }

    private final class RunningCommand implements ExecIo.Controls {
        private final ChannelExec channel;

        RunningCommand(ChannelExec channel) {
            this.channel = channel;
        }

        @Override
        public void signal(int number) throws IOException {
            if (number < 1 || number >= SIGNALS.length) {
                throw new IllegalArgumentException("no such signal: " + number);
            }
            if (!ended && channel.isOpen()) {
                send(channel, SIGNALS[number]);
            }
        }

        @Override
        public void resize(TerminalSize size) throws IOException {
            if (!ended && channel.isOpen()) {
                channel.sendWindowChange(size.columns(), size.rows());
            }
        }
    }

    /** The caller's stream, flushed as output comes; its failure ends the command. */
    private final class Passing extends OutputStream {
        private final OutputStream to;

        Passing(OutputStream to) {
            this.to = to;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                to.write(bytes, offset, length);
                to.flush();
            } catch (IOException e) {
                fail("standard output", e);
            }
        }
    }
}
