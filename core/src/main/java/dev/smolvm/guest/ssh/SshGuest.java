package dev.smolvm.guest.ssh;

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
import dev.smolvm.guest.transfer.GuestPath;
import dev.smolvm.guest.transfer.GuestText;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.SftpClientFactory;

/**
 * A guest reached over SSH, for images without the agent: what SSH and a POSIX shell can do. It cannot freeze. A
 * command of another user than the login user runs through {@code sudo -n} ({@code runuser} for root); time, identity, mounts
 * and power need root or {@code sudo -n}.
 */
final class SshGuest implements Guest {
    /** RNDRESEEDCRNG, 0x5207 (linux/random.h), with what every Debian or else many a distribution has. */
    private static final String RESEED = "perl -e 'open(R, \">/dev/urandom\"); exit !ioctl(R, 0x5207, 0)'"
            + " || python3 -c 'import fcntl; fcntl.ioctl(open(\"/dev/urandom\", \"wb\"), 0x5207)'";

    private static final int ENTROPY_BYTES = 64;
    private static final int ANSWER_BYTES = 4096;

    private static final Duration TRIM_GRACE = Duration.ofSeconds(5);
    /** Dropped and cleared, in KiB. */
    private static final Pattern TRIMMED = Pattern.compile("(\\d{1,12}) (\\d{1,12})");

    private final SshClient client;
    private final ClientSession session;
    private final String user;
    private SftpClient sftp;

    /** Owns the client and the session. */
    SshGuest(SshClient client, ClientSession session, String user) {
        this.client = client;
        this.session = session;
        this.user = user;
    }

    @Override
    public Pong ping(Duration deadline) {
        String answer = script("ping the guest", "date +%s && cat /proc/uptime", ExecIo.NO_INPUT, deadline);
        try {
            String[] words = answer.strip().split("\\s+", 3);
            return new Pong(Instant.ofEpochSecond(Long.parseLong(words[0])), Duration.ofMillis((long)
                    (Double.parseDouble(words[1]) * 1000)));
        } catch (RuntimeException e) {
            throw new SmolVmException(
                    ErrorKind.INTEGRITY,
                    "ping the guest: its answer is not a time: " + GuestText.printable(answer),
                    "look into the guest with: smolvm sandbox shell NAME",
                    e);
        }
    }

    @Override
    public ExecResult exec(ExecRequest request, ExecIo io) {
        String operation = "run " + GuestText.printable(request.command().getFirst()) + " in the guest";
        String line = ShellText.commandLine(request, user);
        if (line.length() > 64 << 10) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    operation + ": command line and environment are longer than 64 KiB",
                    "put the data into a file and send it with: smolvm sandbox file upload NAME FILE GUEST_PATH");
        }
        return run(operation, line, io, request.terminal(), request.timeout());
    }

    private ExecResult run(
            String operation,
            String line,
            ExecIo io,
            Optional<dev.smolvm.guest.TerminalSize> terminal,
            Optional<Duration> timeout) {
        try {
            return switch (new SshExec(session, io).run(line, terminal, timeout)) {
                case SshExec.End.Ended(ExecResult result) -> result;
                case SshExec.End.Lost _ ->
                    throw SshFailures.unresponsive(operation + ": the connection ended before the command did", null);
            };
        } catch (IOException e) {
            throw SshFailures.of(operation, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw SshFailures.interrupted(operation, e);
        }
    }

    /** A quick command of ours; its bounded output. */
    private String script(String operation, String script, InputStream stdin, Duration deadline) {
        Bounded out = new Bounded();
        Bounded err = new Bounded();
        ExecResult result = run(operation, script, ExecIo.of(stdin, out, err), Optional.empty(), Optional.of(deadline));
        return switch (result) {
            case ExecResult.Exited(int code) when code == 0 -> out.toString(StandardCharsets.UTF_8);
            case ExecResult.TimedOut _ ->
                throw SshFailures.unresponsive(operation + ": the guest did not answer in time", null);
            case ExecResult.Exited _, ExecResult.Killed _ ->
                throw new SmolVmException(
                        ErrorKind.UNSUPPORTED,
                        operation + ": the guest answers: " + GuestText.printable(err.toString(StandardCharsets.UTF_8)),
                        "build the image with the agent (without --no-agent), or let its user " + user
                                + " run sudo -n");
        };
    }

    private static final class Bounded extends ByteArrayOutputStream {
        @Override
        public synchronized void write(byte[] from, int offset, int length) {
            super.write(from, offset, Math.min(length, ANSWER_BYTES - size()));
        }
    }

    @Override
    public void upload(Path local, String guestPath, boolean recursive, TransferListener listener) {
        GuestPath.requireAbsolute("upload to", guestPath);
        try {
            new SshTransfer(sftp(), listener).upload(local, guestPath, recursive);
        } catch (IOException e) {
            throw SshFailures.of("upload " + local + " to " + GuestText.printable(guestPath), e);
        }
    }

    @Override
    public void download(String guestPath, Path local, boolean recursive, TransferListener listener) {
        GuestPath.requireAbsolute("download", guestPath);
        try {
            new SshTransfer(sftp(), listener).download(guestPath, local, recursive);
        } catch (IOException e) {
            throw SshFailures.of("download " + GuestText.printable(guestPath), e);
        }
    }

    /** One for all transfers: dropbear ends a new channel with the one that was closed just before. */
    private SftpClient sftp() throws IOException {
        if (sftp == null || !sftp.isOpen()) {
            sftp = SftpClientFactory.instance().createSftpClient(session);
        }
        return sftp;
    }

    @Override
    public void sync(Duration deadline) {
        script("flush the guest's file systems", "sync", ExecIo.NO_INPUT, deadline);
    }

    @Override
    public Frozen freeze(Duration watchdog, Duration deadline) {
        sync(deadline);
        return new Flushed();
    }

    /** Nothing is frozen, so there is nothing to thaw. */
    private static final class Flushed implements Frozen {
        @Override
        public int frozen() {
            return 0;
        }

        @Override
        public int flushed() {
            return 1;
        }

        @Override
        public void close() {}
    }

    @Override
    public Trimmed trim(long untouched, Duration time) {
        String operation = "trim the guest's memory";
        String answer = script(
                operation,
                ShellText.asRoot(ShellText.trim(untouched, time), user),
                ExecIo.NO_INPUT,
                time.plus(TRIM_GRACE));
        Matcher amounts = TRIMMED.matcher(answer.strip());
        if (!amounts.matches()) {
            throw new SmolVmException(
                    ErrorKind.INTEGRITY,
                    operation + ": its answer is not two numbers: " + GuestText.printable(answer),
                    "look into the guest with: smolvm sandbox shell NAME");
        }
        return new Trimmed(Long.parseLong(amounts.group(1)) << 10, Long.parseLong(amounts.group(2)) << 10);
    }

    /** The clock is set where root or {@code sudo -n} allows it; an identity that cannot be changed is an error. */
    @Override
    public void rejuvenate(Rejuvenation rejuvenation, Duration deadline) {
        long end = System.nanoTime() + deadline.toNanos();
        if (!rejuvenation.variables().isEmpty()) {
            throw new SmolVmException(
                    ErrorKind.UNSUPPORTED,
                    "give the guest its variables: it has no agent to keep them",
                    "build the image with the agent (without --no-agent)");
        }
        String operation = "give the guest the time and randomness";
        script(operation, "cat > /dev/urandom", new ByteArrayInputStream(entropy(operation)), deadline);
        // What is written only reaches the generator's pool; the ioctl makes it draw a new key at once.
        String asRoot = "date -s @" + Instant.now().getEpochSecond() + "; " + RESEED;
        script(operation, ShellText.asRoot(asRoot, user) + " >/dev/null 2>&1 || :", ExecIo.NO_INPUT, remaining(end));
        String identity = identity(rejuvenation);
        if (!identity.isEmpty()) {
            script(
                    "give the guest its own identity",
                    ShellText.asRoot(identity, user),
                    ExecIo.NO_INPUT,
                    remaining(end));
        }
    }

    private static byte[] entropy(String operation) {
        try (FileInputStream random = new FileInputStream("/dev/urandom")) {
            return random.readNBytes(ENTROPY_BYTES);
        } catch (IOException e) {
            throw SmolVmException.of(operation, e);
        }
    }

    private static Duration remaining(long end) {
        return Duration.ofNanos(Math.max(1, end - System.nanoTime()));
    }

    private static String identity(Rejuvenation rejuvenation) {
        StringBuilder script = new StringBuilder();
        if (rejuvenation.hostName().isPresent() || rejuvenation.machineId().isPresent() || rejuvenation.newMachine()) {
            script.append("set -e\n");
        }
        rejuvenation.hostName().ifPresent(name -> {
            String quoted = ShellText.quote(name);
            script.append("hostname ")
                    .append(quoted)
                    .append("\necho ")
                    .append(quoted)
                    .append(" > /etc/hostname\n");
        });
        rejuvenation.machineId().ifPresent(id -> script.append("echo ")
                .append(ShellText.quote(id))
                .append(" > /etc/machine-id\n"));
        if (rejuvenation.newMachine()) {
            script.append("rm -f /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub\nssh-keygen -A >/dev/null\n")
                    .append(
                            "systemctl restart ssh 2>/dev/null || systemctl restart sshd 2>/dev/null || pkill -HUP -o sshd\n");
        }
        return script.toString();
    }

    @Override
    public void mount(String serial, String directory, String fileSystem, boolean readOnly, Duration deadline) {
        script(
                "mount disk " + serial + " at " + GuestText.printable(directory),
                ShellText.asRoot(ShellText.mount(serial, directory, fileSystem, readOnly), user),
                ExecIo.NO_INPUT,
                deadline);
    }

    @Override
    public void shutdown(boolean reboot, Duration deadline) {
        String verb = reboot ? "reboot" : "poweroff";
        // In the background, so that the answer comes before the connection goes.
        String script =
                "command -v " + verb + " >/dev/null || exit 1; (sleep 0.2; " + verb + ") </dev/null >/dev/null 2>&1 &";
        script(
                reboot ? "reboot the guest" : "power the guest off",
                ShellText.asRoot(script, user),
                ExecIo.NO_INPUT,
                deadline);
    }

    @Override
    public void close() {
        session.close(true);
        client.stop();
    }
}
