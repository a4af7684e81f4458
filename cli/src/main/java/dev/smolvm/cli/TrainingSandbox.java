package dev.smolvm.cli;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;

/**
 * A sandbox for the training run, which is not to need a VMM: its record, a monitor that says of everything that it runs, and
 * the real agent, which runs on any Linux.
 */
final class TrainingSandbox implements AutoCloseable {
    private static final int WAITS = 500;

    private final TrainingMonitor monitor;
    private final Process agent;

    TrainingSandbox(Path home, String name) throws IOException, InterruptedException {
        Path directory = home.resolve("sandboxes").resolve(name);
        Path run = Files.createDirectories(directory.resolve("vm").resolve("run-1"));
        // stat's fields after the program's name, which may hold anything: the 22nd is the time of the start.
        String stat = Files.readString(Path.of("/proc/self/stat"));
        String ticks = stat.substring(stat.lastIndexOf(')') + 2).split(" ")[19];
        Files.writeString(
                directory.resolve("sandbox.json"),
                resource("training/sandbox.json")
                        .replace("PID", Long.toString(ProcessHandle.current().pid()))
                        .replace("TICKS", ticks)
                        .replace(
                                "BOOT",
                                Files.readString(Path.of("/proc/sys/kernel/random/boot_id"))
                                        .strip()));
        monitor = new TrainingMonitor(run.resolve("observe.sock"), 0);
        agent = startAgent(directory.resolve("agent"), run.resolve("agent-0.sock"));
    }

    /** Makes so many, numbered. */
    static void snapshots(Path home, String id, int count) throws IOException, NoSuchAlgorithmException {
        String manifest = resource("training/manifest.json");
        for (int i = 0; i < count; i++) {
            Path directory = Files.createDirectory(home.resolve("snapshots").resolve(id + i));
            Json body = JsonParser.parse(manifest.replace("\"ID\"", "\"" + id + i + "\""));
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(body.compact().getBytes(StandardCharsets.UTF_8));
            Path file = Files.writeString(
                    directory.resolve("manifest.json"),
                    Json.object()
                            .put("format", 1)
                            .put("checksum", HexFormat.of().formatHex(digest))
                            .put("snapshot", body)
                            .build()
                            .pretty());
            // What has just changed, a list does not keep for the next one.
            for (Path path : List.of(file, directory)) {
                Files.setLastModifiedTime(path, FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
            }
        }
    }

    private static Process startAgent(Path program, Path socket) throws IOException, InterruptedException {
        try (InputStream binary =
                TrainingSandbox.class.getClassLoader().getResourceAsStream("dev/smolvm/guest/payload/smolvm-agent")) {
            Files.copy(binary, program, StandardCopyOption.REPLACE_EXISTING);
        }
        if (!program.toFile().setExecutable(true)) {
            throw new IOException("cannot make " + program + " executable");
        }
        Process agent = new ProcessBuilder(program.toString(), "--serve-socket", socket.toString())
                .inheritIO()
                .start();
        for (int i = 0; i < WAITS && !Files.exists(socket); i++) {
            Thread.sleep(10);
        }
        return agent;
    }

    static String resource(String name) throws IOException {
        try (InputStream resource = TrainingSandbox.class.getResourceAsStream(name)) {
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Override
    public void close() throws IOException {
        monitor.close();
        agent.destroyForcibly();
    }
}
