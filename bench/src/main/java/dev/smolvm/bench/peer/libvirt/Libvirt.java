package dev.smolvm.bench.peer.libvirt;

import dev.smolvm.bench.measure.CannotRunHereException;
import dev.smolvm.bench.peer.GuestFiles;
import dev.smolvm.bench.peer.PeerProcess;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.Command;
import dev.smolvm.os.Programs;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A libvirt of our own: its daemon as a user's session has it, with all its files in a directory that goes with it. Nothing of
 * the machine's own libvirt is touched, nor need it run.
 */
final class Libvirt implements AutoCloseable {
    private static final List<String> DAEMONS = List.of("virtqemud", "libvirtd");
    private static final Duration START = Duration.ofSeconds(30);
    private static final Duration COMMAND = Duration.ofMinutes(3);

    /** The daemon takes root for the whole machine's one; as anybody else it serves a session. Its rights stay the same. */
    private static final List<String> AS_ANYBODY = List.of("unshare", "--user", "--map-user=1000", "--map-group=1000");

    /** The daemon ends with the benchmark, and its directory with it; guests end with the namespace. */
    private static final String UNTIL_INPUT_ENDS =
            """
            directory=$1
            shift
            exec 3<&0
            "$@" 3<&- </dev/null &
            daemon=$!
            (cat <&3 >/dev/null; kill $daemon) &
            wait $daemon
            code=$?
            rm -rf "$directory"
            exit $code
            """;

    private final Path directory;
    private final PeerProcess daemon;
    private final String uri;

    private Libvirt(Path directory, PeerProcess daemon, Path socket) {
        this.directory = directory;
        this.daemon = daemon;
        this.uri = "qemu+unix:///session?socket=" + socket;
    }

    /**
     * Starts it, and lets it find out what the QEMU can do, which takes seconds the first time.
     *
     * @param cache where it keeps that
     */
    static Libvirt start(Path cache) throws CannotRunHereException, IOException, InterruptedException {
        Path program = program(Programs::find);
        // Not below the store: the paths of its sockets would be too long for many a checkout.
        Path directory = Files.createTempDirectory(Path.of("/tmp"), "smolbench-");
        Path sockets = directory.resolve("r/libvirt");
        PeerProcess daemon;
        try {
            configure(directory);
            List<String> line = new ArrayList<>(List.of("sh", "-c", UNTIL_INPUT_ENDS, "sh", directory.toString()));
            line.addAll(AS_ANYBODY);
            line.add(program.toString());
            daemon =
                    PeerProcess.start(program.getFileName().toString(), line, environment(directory, cache), directory);
        } catch (IOException e) {
            delete(directory);
            throw new CannotRunHereException(e.getMessage(), e);
        }
        Libvirt started = new Libvirt(directory, daemon, sockets.resolve(program.getFileName() + "-sock"));
        try {
            started = new Libvirt(directory, daemon, started.awaitSocket(sockets));
            started.virsh("domcapabilities", "--emulatorbin", GuestFiles.qemu().toString());
            return started;
        } catch (IOException | SmolVmException e) {
            started.close();
            throw new CannotRunHereException(e.getMessage(), e);
        } catch (InterruptedException e) {
            started.close();
            throw e;
        }
    }

    /** @param find where a program is */
    static Path program(Function<String, Optional<Path>> find) throws CannotRunHereException {
        Optional<Path> daemon =
                DAEMONS.stream().flatMap(name -> find.apply(name).stream()).findFirst();
        if (daemon.isEmpty() || find.apply("virsh").isEmpty()) {
            throw new CannotRunHereException("libvirt is not installed; "
                    + (Programs.isRoot() ? "" : "sudo ")
                    + "apt-get install libvirt-clients libvirt-daemon libvirt-daemon-driver-qemu");
        }
        return daemon.get();
    }

    private static void configure(Path directory) throws IOException {
        Files.createDirectories(directory.resolve("c/libvirt"));
        // Otherwise it starts a further daemon for what guests print.
        Files.writeString(directory.resolve("c/libvirt/qemu.conf"), "stdio_handler = \"file\"\n");
        Files.createDirectory(directory.resolve("r"));
    }

    private static Map<String, String> environment(Path directory, Path cache) {
        return Map.of(
                "HOME", directory.toString(),
                "XDG_RUNTIME_DIR", directory.resolve("r").toString(),
                "XDG_CONFIG_HOME", directory.resolve("c").toString(),
                "XDG_DATA_HOME", directory.resolve("d").toString(),
                "XDG_CACHE_HOME", cache.toString());
    }

    private Path awaitSocket(Path sockets) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START.toNanos();
        while (true) {
            Optional<Path> socket = Stream.of("virtqemud-sock", "libvirt-sock")
                    .map(sockets::resolve)
                    .filter(Files::exists)
                    .findFirst();
            if (socket.isPresent()) {
                return socket.get();
            }
            if (!daemon.isAlive()) {
                throw daemon.ended();
            }
            if (System.nanoTime() > deadline) {
                throw new IOException("libvirt's daemon did not open its socket within " + START.toSeconds() + " s");
            }
            Thread.sleep(20);
        }
    }

    /**
     * Runs a command of virsh's.
     *
     * @throws SmolVmException it failed; the message is its own
     */
    String virsh(String... arguments) {
        List<String> line = new ArrayList<>(List.of("virsh", "-q", "-c", uri));
        line.addAll(List.of(arguments));
        return Command.of(line).timeout(COMMAND).check();
    }

    /** Such as {@code 9.0.0}. */
    String version() {
        return Command.of("virsh", "--version").check().strip();
    }

    /** Where a domain's agent sockets may lie: a short path. */
    Path directory() {
        return directory;
    }

    @Override
    public void close() throws IOException {
        try {
            daemon.close();
        } finally {
            delete(directory);
        }
    }

    private static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path each, IOException e) throws IOException {
                Files.deleteIfExists(each);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
