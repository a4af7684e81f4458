package dev.smolvm.cli;

import dev.smolvm.SmolVm;
import dev.smolvm.cli.library.OpenedLibrary;
import dev.smolvm.cli.session.Surroundings;
import dev.smolvm.cli.terminal.ProcessSignals;
import dev.smolvm.cli.terminal.Tty;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What the build runs to show the JVM which classes a run needs, so that it keeps them loaded and linked in its cache: the
 * commands that can run without a virtual machine, all classes of the tool and the library, and those of the JDK that
 * talking to a guest takes.
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
        {"doctor"},
        {"sandbox", "create", "--help"},
        {"sandbox", "--help"},
        {"completion", "bash"},
    };

    private TrainingRun() {}

    public static void main(String[] args) throws Exception {
        Map<String, String> environment = System.getenv();
        for (String[] commandLine : COMMAND_LINES) {
            Surroundings surroundings = new Surroundings(
                    InputStream.nullInputStream(),
                    OutputStream.nullOutputStream(),
                    OutputStream.nullOutputStream(),
                    Surroundings.Terminals.NONE,
                    environment,
                    timeout -> OpenedLibrary.of(SmolVm.open(SmolVm.defaultHome(environment), timeout)),
                    Main.hostChecks(),
                    new ProcessSignals(),
                    new Tty());
            new Cli(surroundings, Commands.ROOT).run(commandLine);
        }
        loadClasses(TrainingRun.class);
        loadClasses(SmolVm.class);
        talkOverSocket(SmolVm.defaultHome(environment).resolve("tmp"));
        new ProcessBuilder("true").start().waitFor();
    }

    private static void loadClasses(Class<?> fromJarOf) throws Exception {
        URI jar = URI.create(
                "jar:" + fromJarOf.getProtectionDomain().getCodeSource().getLocation());
        try (FileSystem files = FileSystems.newFileSystem(jar, Map.of());
                Stream<Path> paths = Files.walk(files.getPath("/dev/smolvm"))) {
            List<String> names = paths.map(p -> p.toString().substring(1))
                    .filter(p -> p.endsWith(".class"))
                    .map(p -> p.substring(0, p.length() - ".class".length()).replace('/', '.'))
                    .toList();
            for (String name : names) {
                Class.forName(name, false, TrainingRun.class.getClassLoader());
            }
        }
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
