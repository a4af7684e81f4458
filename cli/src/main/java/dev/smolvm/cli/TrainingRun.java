package dev.smolvm.cli;

import dev.smolvm.SmolVm;
import dev.smolvm.cli.session.Surroundings;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * What the build runs to show the JVM which classes a run needs, so that it keeps them loaded and linked in its cache: the
 * commands that can run without a virtual machine, and what talking to a guest takes of the JDK. Not simply all classes:
 * each costs every start a little (all of the tool's and the library's together 25 ms).
 */
final class TrainingRun {
    private static final String[][] COMMAND_LINES = {
        {"--version"},
        {"sandbox", "list"},
        {"sandbox", "list", "--json"},
        {"sandbox", "info", "nobody"},
        {"sandbox", "exec", "--env", "A=1", "nobody", "--", "true"},
        {"sandbox", "delete", "nobody", "--json"},
        {"sandbox", "snapshot", "list"},
        {"sandbox", "snapshot", "list", "--json"},
        {"sandbox", "snapshot", "create", "nobody", "--json"},
        {"sandbox", "snapshot", "restore", "nobody", "--resume"},
        {"sandbox", "file", "upload", "nobody", "a", "b"},
        {"image", "list", "--json"},
        {"sandbox", "create", "--help"},
        {"sandbox", "--help"},
    };

    private TrainingRun() {}

    public static void main(String[] args) throws Exception {
        Map<String, String> environment = System.getenv();
        for (String[] commandLine : COMMAND_LINES) {
            Surroundings surroundings = Main.surroundings(
                    InputStream.nullInputStream(),
                    OutputStream.nullOutputStream(),
                    OutputStream.nullOutputStream(),
                    environment);
            new Cli(surroundings, Commands.ROOT).run(commandLine);
        }
        talkOverSocket(SmolVm.defaultHome(environment).resolve("tmp"));
        new ProcessBuilder("true").start().waitFor();
    }

    /** As a control channel does: a UNIX socket, and a virtual thread at each end. */
    private static void talkOverSocket(Path directory) throws IOException, InterruptedException {
        Path socket = directory.resolve("training.sock");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            Thread client = Thread.ofVirtual().start(() -> {
                try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
                    channel.write(ByteBuffer.allocate(1));
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            try (SocketChannel channel = server.accept()) {
                channel.read(ByteBuffer.allocate(1));
            }
            client.join();
        } finally {
            Files.deleteIfExists(socket);
        }
    }
}
