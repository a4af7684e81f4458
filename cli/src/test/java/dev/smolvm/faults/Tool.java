package dev.smolvm.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.Guest;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.os.ProcessesIn;
import dev.smolvm.sandbox.SandboxInfo;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.StoreLayout;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The built tool, run as a process on a store of its own. Its sandbox {@link #BOX} boots once; the snapshot {@link #BASE},
 * taken right after, puts it back in half a second. Looking into the guest goes through the library, which starts faster.
 */
final class Tool implements AutoCloseable {
    static final String BOX = "box";
    static final String BASE = "base";
    /** In the guest, as {@link #BASE} has it. */
    static final String STATE = "/root/state";

    private static final Duration LIMIT = Duration.ofSeconds(90);
    /** A JVM that runs has more. */
    private static final int THREADS = 6;

    private static final Duration ANSWER = Duration.ofSeconds(20);

    private final Path root;
    private final Path directory;

    private Tool(Path root, Path directory) {
        this.root = root;
        this.directory = directory;
    }

    /** @param machine options for {@link #BOX} */
    static Tool open(String... machine) throws IOException {
        Path root = Path.of(System.getProperty("smolvm.root", "..")).toRealPath();
        // Short: the sockets below it must fit into a socket address.
        Tool tool = new Tool(root, Files.createTempDirectory("smolvm-faults-").toRealPath());
        try {
            tool.run("image", "build", "tiny").succeeded();
            List<String> create = new ArrayList<>(List.of("sandbox", "create", "--name", BOX));
            create.addAll(List.of(machine));
            tool.run(create.toArray(String[]::new)).succeeded();
            tool.guest("echo saved > " + STATE + "; sync");
            tool.run("sandbox", "snapshot", "create", BOX, "--snapshot-id", BASE)
                    .succeeded();
            return tool;
        } catch (RuntimeException | AssertionError e) {
            tool.close();
            throw e;
        }
    }

    Path home() {
        return directory.resolve("store");
    }

    /** Holds nothing but the store. */
    Path directory() {
        return directory;
    }

    StoreLayout layout() {
        return new StoreLayout(home());
    }

    /** Opened anew each time, as a command would. */
    SmolVm library() {
        return SmolVm.open(home(), ANSWER);
    }

    /** The launcher's command line without its shell, which would be one more process to kill. */
    List<String> command(List<String> prefix, List<String> jvmOptions, String... arguments) {
        Path dist = root.resolve("cli/target/dist");
        List<String> command = new ArrayList<>(prefix);
        try {
            command.add(Files.readString(dist.resolve("java")).strip());
        } catch (IOException e) {
            throw new IllegalStateException("the tool is not built: ./dev build", e);
        }
        command.add("@" + dist.resolve("jvm.options"));
        command.addAll(jvmOptions);
        command.add("-XX:AOTCache=" + dist.resolve("smolvm.aot"));
        command.addAll(List.of("-cp", dist.resolve("lib/smolvm-cli.jar").toString(), "dev.smolvm.cli.Main"));
        command.addAll(List.of(arguments));
        return command;
    }

    Outcome run(String... arguments) {
        return run(List.of(), arguments);
    }

    Outcome run(List<String> prefix, String... arguments) {
        return start(prefix, arguments).await();
    }

    Running start(List<String> prefix, String... arguments) {
        return launch(command(prefix, List.of(), arguments), List.of(arguments));
    }

    Running launch(List<String> command, List<String> shown) {
        try {
            Path out = Files.createTempFile("smolvm-out", ".txt");
            Path err = Files.createTempFile("smolvm-err", ".txt");
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile());
            builder.environment().put("SMOLVM_HOME", home().toString());
            builder.environment().put("LC_ALL", "C.UTF-8");
            return new Running(shown, builder.start(), out, err, System.nanoTime());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** A run that has not ended. Its output goes to files, so that a VMM it leaves behind cannot hold it open. */
    record Running(List<String> command, Process process, Path out, Path err, long started) {
        Outcome await() {
            return await(LIMIT);
        }

        Outcome await(Duration limit) {
            try {
                if (!process.waitFor(limit.toSeconds(), TimeUnit.SECONDS)) {
                    process.descendants().forEach(ProcessHandle::destroyForcibly);
                    process.destroyForcibly().waitFor();
                    throw new AssertionError(command + " did not end within " + limit.toSeconds() + " s");
                }
                Outcome outcome = new Outcome(
                        command,
                        process.exitValue(),
                        Files.readString(out),
                        Files.readString(err),
                        Duration.ofNanos(System.nanoTime() - started));
                Files.delete(out);
                Files.delete(err);
                return outcome;
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        /** Waits until strace has stopped the tool; returns the tool's own pid. */
        long awaitStop() throws IOException, InterruptedException {
            long end = System.nanoTime() + LIMIT.toNanos();
            while (process.isAlive() && System.nanoTime() < end) {
                for (ProcessHandle child : process.children().toList()) {
                    if (stopped(child.pid())) {
                        return child.pid();
                    }
                }
                Thread.sleep(5);
            }
            throw new AssertionError("not stopped: " + await());
        }

        /** Lets the tool go on, at each further stop too: strace counts calls for each thread, so the tool's next one stops it again. */
        Outcome awaitContinued(long pid) throws IOException, InterruptedException {
            long end = System.nanoTime() + LIMIT.toNanos();
            signal("CONT", pid);
            while (!process.waitFor(20, TimeUnit.MILLISECONDS) && System.nanoTime() < end) {
                if (stopped(pid)) {
                    signal("CONT", pid);
                }
            }
            return await();
        }

        /** Whether all its threads stand still: one alone does so at every call that is traced, and the first by itself. */
        private static boolean stopped(long pid) throws IOException {
            int threads = 0;
            try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc/" + pid + "/task"))) {
                for (Path task : tasks) {
                    String stat = Files.readString(task.resolve("stat"));
                    if (!stat.substring(stat.lastIndexOf(')')).startsWith(") t")) {
                        return false;
                    }
                    threads++;
                }
            } catch (NoSuchFileException e) {
                return false;
            }
            return threads >= THREADS;
        }

        void signal(String name) {
            signal(name, process.pid());
        }

        static void signal(String name, long pid) {
            try {
                new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                        .start()
                        .waitFor();
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Runs a shell script in {@link #BOX} that must succeed; returns what it printed. */
    String guest(String script) {
        return guest(BOX, script);
    }

    String guest(String sandbox, String script) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Guest guest = library().sandboxes().connect(new SandboxName(sandbox), ANSWER)) {
            int code = guest.exec(
                            ExecRequest.of("timeout", "15", "sh", "-ec", script), ExecIo.of(ExecIo.NO_INPUT, out, out))
                    .shellCode();
            String text = out.toString(StandardCharsets.UTF_8).strip();
            assertThat(code).as("%s: %s", script, text).isZero();
            return text;
        }
    }

    /** {@link #BOX} running as it was after its boot, with no other snapshot there. */
    void reset() {
        SmolVm vm = library();
        vm.snapshots().restore(new RestoreRequest(new SnapshotId(BASE), true, true), Progress.NONE);
        for (String id : snapshots()) {
            if (!id.equals(BASE)) {
                vm.snapshots().delete(new SnapshotId(id));
            }
        }
        assertThat(guest("cat " + STATE)).isEqualTo("saved");
    }

    List<String> snapshots() {
        return library().snapshots().list(java.util.Optional.empty()).stream()
                .map(s -> s.id().value())
                .toList();
    }

    List<String> sandboxes() {
        return library().sandboxes().list().stream().map(s -> s.name().value()).toList();
    }

    SandboxInfo box() {
        return library().sandboxes().info(new SandboxName(BOX));
    }

    SandboxStatus status() {
        return box().status();
    }

    @Override
    public void close() throws IOException {
        if (Files.exists(home())) {
            ProcessesIn.directory(home()).forEach(ProcessIdentity::kill);
        }
        DurableFiles.deleteTree(directory);
    }
}
