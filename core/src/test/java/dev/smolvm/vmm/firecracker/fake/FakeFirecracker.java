package dev.smolvm.vmm.firecracker.fake;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * A Firecracker without KVM: its command line, its API with the same checks and in the same order, snapshots with real memory
 * files, and behind its vsock a tiny guest with an agent. What differs between releases follows {@link Release}. It records
 * what it is asked in {@code calls.jsonl} in its working directory.
 */
public final class FakeFirecracker implements AutoCloseable {
    /** Names the release, such as {@code 1.16.1}. */
    public static final String VERSION = "FAKE_FIRECRACKER_VERSION";

    private static final int FAILED = 1;
    private static final int BAD_ARGUMENTS = 153;
    private static final Set<String> WITH_VALUE = Set.of(
            "--api-sock",
            "--id",
            "--describe-snapshot",
            "--log-path",
            "--level",
            "--metrics-path",
            "--start-time-us",
            "--start-time-cpu-us",
            "--parent-cpu-time-us",
            "--http-api-max-payload-size",
            "--seccomp-filter",
            "--module",
            "--config-file",
            "--metadata",
            "--mmds-size-limit");
    private static final Set<String> WITHOUT_VALUE = Set.of(
            "--version",
            "--snapshot-version",
            "--help",
            "--enable-pci",
            "--no-seccomp",
            "--boot-timer",
            "--show-level",
            "--show-log-origin",
            "--no-api");

    private final CompletableFuture<Integer> exit = new CompletableFuture<>();
    private final Path directory;
    private final PrintStream out;
    private final Map<String, String> options = new HashMap<>();
    private Machine machine;
    private HttpServer server;

    private FakeFirecracker(Path directory, OutputStream out) {
        this.directory = directory;
        this.out = new PrintStream(out, true, StandardCharsets.UTF_8);
    }

    public static void main(String[] arguments) throws Exception {
        FakeFirecracker fake = new FakeFirecracker(Path.of(""), System.out);
        String version = System.getenv().getOrDefault(VERSION, Release.NEWEST);
        fake.run(List.of(arguments), Release.of(version));
        // No hooks: what is left behind is what a process leaves behind.
        Runtime.getRuntime().halt(fake.exit.get());
    }

    /**
     * Runs one in this process.
     *
     * @param directory its working directory
     */
    public static FakeFirecracker start(Path directory, List<String> arguments, String version) {
        return start(directory, arguments, version, OutputStream.nullOutputStream());
    }

    /** @param out its standard output */
    public static FakeFirecracker start(Path directory, List<String> arguments, String version, OutputStream out) {
        FakeFirecracker fake = new FakeFirecracker(directory, out);
        fake.run(arguments, Release.of(version));
        return fake;
    }

    /** Its exit status, once it ended. */
    public CompletableFuture<Integer> exit() {
        return exit;
    }

    private void run(List<String> arguments, Release release) {
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (WITH_VALUE.contains(argument) && i + 1 < arguments.size()) {
                options.put(argument, arguments.get(++i));
            } else if (WITHOUT_VALUE.contains(argument) && (release.since(13) || !argument.equals("--enable-pci"))) {
                options.put(argument, "");
            } else {
                log("Arguments parsing error: Found argument '" + argument.replaceFirst("^--", "")
                        + "' which wasn't expected, or isn't valid in this context.");
                end(BAD_ARGUMENTS);
                return;
            }
        }
        run(release);
    }

    private void run(Release release) {
        if (options.containsKey("--version")) {
            out.println("Firecracker v" + release.text() + "\n");
            end(0);
        } else if (options.containsKey("--snapshot-version")) {
            out.println("v" + release.snapshotVersion());
            end(0);
        } else if (options.containsKey("--describe-snapshot")) {
            try {
                out.println("v" + StateFile.describe(directory.resolve(options.get("--describe-snapshot"))));
                end(0);
            } catch (Fault e) {
                log("When printing Snapshot Data format: " + e.getMessage());
                end(FAILED);
            }
        } else {
            serve(release);
        }
    }

    private void serve(Release release) {
        log("Running Firecracker v" + release.text());
        CallLog calls = new CallLog(directory.resolve("calls.jsonl"));
        Console console = new Console(directory, out);
        machine = new Machine(directory, release, calls, console, this::end);
        String id = options.getOrDefault("--id", "anonymous-instance");
        String socket = options.getOrDefault("--api-sock", "/run/firecracker.socket");
        try {
            server = new HttpServer(
                    directory.resolve(socket), new Api(directory, release, id, machine, console), calls, () -> {
                        log("RunWithApiError error: Failed to build MicroVM: Loading snapshot failed.");
                        end(FAILED);
                    });
            log("Listening on API socket (\"" + socket + "\").");
        } catch (IOException e) {
            log("Failed to open the API socket at: " + socket + ". Check that it is not already used.");
            end(FAILED);
        }
    }

    private void log(String line) {
        String text = Instant.now().toString().replace("Z", "") + " ["
                + options.getOrDefault("--id", "anonymous-instance") + ":main] " + line + "\n";
        if (!options.containsKey("--log-path")) {
            out.print(text);
            out.flush();
            return;
        }
        try {
            Files.writeString(
                    directory.resolve(options.get("--log-path")),
                    text,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            // It cannot say so anywhere.
        }
    }

    /** In order where the guest resets its machine. */
    private void end(int status) {
        if (status == 0 && !exit.isDone()) {
            log("Firecracker exiting successfully. exit_code=0");
        }
        if (exit.complete(status)) {
            close();
        }
    }

    /** Ends it as SIGKILL does: its sockets stay. */
    @Override
    public void close() {
        exit.complete(137);
        if (server != null) {
            server.close();
        }
        if (machine != null) {
            machine.close();
        }
    }
}
