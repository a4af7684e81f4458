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
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;

/** {@code smolvm sandbox logs} */
public final class SandboxLogs extends Command {
    private static final long POLL_MILLIS = 200;
    private static final int POLLS_PER_STATUS = 5;
    private static final int BUFFER = 64 * 1024;

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
        OutputStream out = session.surroundings().terminals().out()
                ? new TerminalSafe(session.surroundings().out())
                : session.surroundings().out();
        Path console = info.console();
        try (InputStream log = Files.newInputStream(console, LinkOption.NOFOLLOW_LINKS)) {
            copyAvailable(log, out);
            for (int polls = 1; follow.given() && info.status().live(); polls++) {
                Thread.sleep(POLL_MILLIS);
                if (polls % POLLS_PER_STATUS == 0) {
                    info = collected(sandboxes, target);
                }
                copyAvailable(log, out);
            }
        } catch (NoSuchFileException e) {
            throw new SmolVmException(
                    ErrorKind.NOT_FOUND,
                    "sandbox " + target + " has no console log yet",
                    "start it: smolvm sandbox start " + target,
                    e);
        }
        return 0;
    }

    private static SandboxInfo collected(SandboxLibrary sandboxes, SandboxName name) {
        sandboxes.collectConsole(name);
        return sandboxes.info(name);
    }

    private static void copyAvailable(InputStream log, OutputStream out) throws IOException {
        byte[] buffer = new byte[BUFFER];
        for (int n = log.read(buffer); n > 0; n = log.read(buffer)) {
            out.write(buffer, 0, n);
        }
        out.flush();
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
