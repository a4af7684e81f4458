package dev.smolvm.guest.ssh;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.channel.Channel;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.apache.sshd.sftp.server.SftpSubsystemFactory;

/** An SSH server on the loopback whose "guest" is this host; it runs commands as OpenSSH does, signals included. */
final class LocalSshServer implements AutoCloseable {
    private static final Map<Integer, String> SIGNALS = Map.of(1, "HUP", 2, "INT", 9, "KILL", 15, "TERM");

    private final SshServer server = SshServer.setUpDefaultServer();
    private final Path stubs;
    /** What was asked of terminals: {@code pty ROWS COLUMNS}, {@code resize ROWS COLUMNS}. */
    final ConcurrentLinkedQueue<String> terminals = new ConcurrentLinkedQueue<>();

    /** @param stubs a directory of programs that come first in the commands' PATH */
    LocalSshServer(Path stubs) throws Exception {
        this.stubs = stubs;
        KeyPairGenerator keys = KeyPairGenerator.getInstance("EC");
        keys.initialize(256);
        server.setHost("127.0.0.1");
        server.setPort(0);
        server.setKeyPairProvider(KeyPairProvider.wrap(keys.generateKeyPair()));
        server.setPublickeyAuthenticator((user, key, session) -> user.equals("tester"));
        server.setCommandFactory((channel, line) -> new ShellCommand(line));
        server.setSubsystemFactories(List.of(new SftpSubsystemFactory()));
        server.start();
    }

    int port() {
        return server.getPort();
    }

    @Override
    public void close() throws IOException {
        server.stop(true);
    }

    private final class ShellCommand implements Command {
        private final String line;
        private InputStream in;
        private OutputStream out;
        private OutputStream err;
        private ExitCallback callback;
        private Process process;

        ShellCommand(String line) {
            this.line = line;
        }

        @Override
        public void setInputStream(InputStream stream) {
            in = stream;
        }

        @Override
        public void setOutputStream(OutputStream stream) {
            out = stream;
        }

        @Override
        public void setErrorStream(OutputStream stream) {
            err = stream;
        }

        @Override
        public void setExitCallback(ExitCallback exit) {
            callback = exit;
        }

        @Override
        public void start(ChannelSession channel, Environment environment) throws IOException {
            Map<String, String> variables = environment.getEnv();
            if (variables.containsKey(Environment.ENV_LINES)) {
                terminals.add(
                        "pty " + variables.get(Environment.ENV_LINES) + " " + variables.get(Environment.ENV_COLUMNS));
            }
            // Started from a shell in the background, everything here would ignore SIGINT.
            ProcessBuilder builder = new ProcessBuilder("setsid", "env", "--default-signal=INT", "sh", "-c", line);
            builder.environment().put("PATH", stubs + ":" + System.getenv("PATH"));
            process = builder.start();
            environment.addSignalListener((source, signal) -> {
                if (signal.name().equals("WINCH")) {
                    terminals.add("resize " + variables.get(Environment.ENV_LINES) + " "
                            + variables.get(Environment.ENV_COLUMNS));
                } else {
                    kill(signal.name());
                }
            });
            Thread.ofVirtual().start(() -> pump(in, process.getOutputStream(), true));
            Thread output = Thread.ofVirtual().start(() -> pump(process.getInputStream(), out, false));
            Thread errors = Thread.ofVirtual().start(() -> pump(process.getErrorStream(), err, false));
            Thread.ofVirtual().start(() -> awaitEnd(channel, output, errors));
        }

        private void awaitEnd(ChannelSession channel, Thread output, Thread errors) {
            try {
                int code = process.waitFor();
                output.join();
                errors.join();
                // The JDK reports a death by a signal as 128 + its number; OpenSSH sends its name (RFC 4254, 6.10).
                String signal = code > 128 ? SIGNALS.get(code - 128) : null;
                if (signal != null) {
                    sendExitSignal(channel, signal);
                }
                callback.onExit(code);
            } catch (InterruptedException | IOException e) {
                callback.onExit(255, e.toString());
            }
        }

        private static void sendExitSignal(Channel channel, String signal) throws IOException {
            Buffer message = channel.getSession().createBuffer(SshConstants.SSH_MSG_CHANNEL_REQUEST);
            message.putUInt(channel.getRecipient());
            message.putString("exit-signal");
            message.putBoolean(false);
            message.putString(signal);
            message.putBoolean(false);
            message.putString("");
            message.putString("");
            channel.getSession().writePacket(message);
        }

        private void kill(String signal) {
            try {
                new ProcessBuilder("sh", "-c", "kill -" + signal + " -" + process.pid())
                        .start()
                        .waitFor(5, TimeUnit.SECONDS);
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        private static void pump(InputStream from, OutputStream to, boolean close) {
            byte[] bytes = new byte[8192];
            try {
                for (int count = from.read(bytes); count >= 0; count = from.read(bytes)) {
                    to.write(bytes, 0, count);
                    to.flush();
                }
                if (close) {
                    to.close();
                }
            } catch (IOException e) {
                // The process or the client has gone; the process's end is reported elsewhere.
                return;
            }
        }

        @Override
        public void destroy(ChannelSession channel) {
            if (process.isAlive()) {
                kill("KILL");
            }
        }
    }
}
