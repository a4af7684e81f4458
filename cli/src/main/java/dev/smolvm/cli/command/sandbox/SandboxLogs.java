package dev.smolvm.cli.command.sandbox;

import dev.smolvm.cli.command.Command;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Flag;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.library.SandboxLibrary;
import dev.smolvm.cli.session.Session;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.sandbox.SandboxInfo;
import dev.smolvm.store.SandboxName;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/** {@code smolvm sandbox logs} */
public final class SandboxLogs extends Command {
    private static final long POLL_MILLIS = 300;

    private final Value<String> sandbox =
            declare.parameter("SANDBOX", Converters::text, "The sandbox's name, id or the start of its id.");
    private final Flag follow =
            declare.flag(new String[] {"-f", "--follow"}, "Go on with what comes, until the sandbox stops or Ctrl-C.");

    public SandboxLogs() {
        super("Print what the guest wrote to its console: the kernel's and the boot's messages.");
        declare.example("smolvm sandbox logs web", "Why did it not boot?");
        declare.example("smolvm sandbox logs --follow web", "Watch it");
    }

    @Override
    protected int execute(String name, Session session) throws Exception {
        SandboxLibrary sandboxes = session.library().sandboxes();
        SandboxName target = sandboxes.resolve(sandbox.get());
        SandboxInfo info = collected(sandboxes, target);
        OutputStream out =
                session.surroundings().terminals().out() ? new TerminalSafe(session.bytes()) : session.bytes();
        Path console = info.console();
        if (!info.status().live() && Files.notExists(console, LinkOption.NOFOLLOW_LINKS)) {
            throw new SmolVmException(
                    ErrorKind.NOT_FOUND,
                    "sandbox " + target + " has no console log yet",
                    "start it: smolvm sandbox start " + target);
        }
        long position = copy(console, 0, out);
        while (follow.given() && info.status().live()) {
            Thread.sleep(POLL_MILLIS);
            info = collected(sandboxes, target);
            position = copy(console, position, out);
        }
        return 0;
    }

    private static SandboxInfo collected(SandboxLibrary sandboxes, SandboxName name) {
        sandboxes.collectConsole(name);
        return sandboxes.info(name);
    }

    /** Prints what is behind a position; returns the new one. */
    private static long copy(Path console, long from, OutputStream out) throws IOException {
        try (FileChannel log = FileChannel.open(console, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            // The log is cut from time to time so that it stays small; then there is no telling where we were.
            log.position(from <= log.size() ? from : 0);
            Channels.newInputStream(log).transferTo(out);
            out.flush();
            return log.position();
        } catch (NoSuchFileException e) {
            // A guest that was restored and is quiet has written nothing yet.
            return 0;
        }
    }

    /** The guest wrote it, so it must not reach a terminal with the control characters that make terminals do things. */
    private static final class TerminalSafe extends OutputStream {
        private static final int FIRST_PRINTABLE = 0x20;
        private static final int DELETE = 0x7f;
        private final OutputStream out;

        TerminalSafe(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            byte[] safe = Arrays.copyOfRange(bytes, offset, offset + length);
            for (int i = 0; i < safe.length; i++) {
                boolean control = (safe[i] >= 0 && safe[i] < FIRST_PRINTABLE) || safe[i] == DELETE;
                if (control && safe[i] != '\n' && safe[i] != '\r' && safe[i] != '\t') {
                    safe[i] = '?';
                }
            }
            out.write(safe);
        }

        @Override
        public void flush() throws IOException {
            out.flush();
        }
    }
}
