package dev.smolvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher as a user runs it, on a real virtual machine. */
class LauncherIT {
    private static final Path LAUNCHER = Path.of(System.getProperty("smolvm.root"), "smolvm");
    private static final long LIMIT_SECONDS = 180;

    @TempDir
    private static Path home;

    /** How a command ended. */
    private record Outcome(int code, String out, String err) {
        JsonFields data() {
            return JsonFields.of(JsonParser.parse(out), "").object("data");
        }
    }

    @BeforeAll
    static void aSandbox() throws Exception {
        succeed("image", "build", "tiny");
        succeed("sandbox", "create", "--name", "it");
    }

    @AfterAll
    static void noSandbox() throws Exception {
        succeed("sandbox", "delete", "--force", "it");
        assertThat(succeed("sandbox", "list", "--json").data().list("sandboxes", s -> s))
                .isEmpty();
    }

    @Test
    void execStreamsAndPassesTheCodeOn() throws Exception {
        Outcome outcome = run("", "sandbox", "exec", "it", "--", "sh", "-c", "echo out; echo err >&2; exit 7");
        assertThat(outcome).isEqualTo(new Outcome(7, "out\n", "err\n"));
        String input = "line\n".repeat(100_000);
        assertThat(run(input, "sandbox", "exec", "it", "--", "cat").out()).isEqualTo(input);
    }

    @Test
    void outputComesWhileTheCommandStillRuns() throws Exception {
        Process exec = start("sandbox", "exec", "it", "--", "sh", "-c", "echo first; read line; echo \"$line\"");
        InputStream out = exec.getInputStream();
        assertThat(new String(out.readNBytes(6), StandardCharsets.UTF_8)).isEqualTo("first\n");
        exec.outputWriter().append("second\n").flush();
        assertThat(new String(out.readNBytes(7), StandardCharsets.UTF_8)).isEqualTo("second\n");
        assertThat(exec.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(exec.exitValue()).isZero();
    }

    @Test
    void theFirstInterruptReachesTheGuestAndTheSecondLeaves() throws Exception {
        String[] polite = {
            "sandbox", "exec", "it", "--", "sh", "-c", "trap 'exit 5' INT; echo up; while :; do sleep 0.1; done"
        };
        Process exec = start(polite);
        exec.getInputStream().readNBytes(3);
        interrupt(exec);
        assertThat(exec.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(exec.exitValue()).isEqualTo(5);

        Process stubborn = start("sandbox", "exec", "it", "--", "sh", "-c", "trap '' INT; echo up; sleep 1000");
        stubborn.getInputStream().readNBytes(3);
        interrupt(stubborn);
        assertThat(stubborn.waitFor(1, TimeUnit.SECONDS)).isFalse();
        interrupt(stubborn);
        assertThat(stubborn.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(stubborn.exitValue()).isEqualTo(130);
    }

    @Test
    void aTerminalIsOne() throws Exception {
        Outcome outcome = run(
                "",
                List.of(
                        "script",
                        "-qec",
                        "stty rows 30 cols 100; " + LAUNCHER + " sandbox exec -t it -- sh -c 'tty; stty size; exit 4'",
                        "/dev/null"));
        assertThat(outcome.code()).isEqualTo(4);
        assertThat(outcome.out()).contains("/dev/pts/").contains("30 100");
    }

    @Test
    void aSecretIsNeitherInACommandLineNorInTheLogsOrTheStore() throws Exception {
        String marker = "marker-4711-secret";
        Process exec = start("sandbox", "exec", "--env", "TOKEN", "it", "--", "sh", "-c", "echo up; read line; exit 3");
        exec.getInputStream().readNBytes(3);
        assertThat(ProcessHandle.allProcesses().flatMap(p -> p.info().commandLine().stream()))
                .noneMatch(line -> line.contains(marker));
        exec.outputWriter().append("go\n").flush();
        assertThat(exec.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(exec.exitValue()).isEqualTo(3);
        assertThat(succeed("sandbox", "logs", "it").out()).doesNotContain(marker);
    }

    @Test
    void filesGoInAndOutWithTheirModes() throws Exception {
        Path tree = Files.createDirectories(home.resolve("tree/below"));
        Path file = Files.writeString(tree.resolve("run.sh"), "#!/bin/sh\necho ran\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
        succeed("sandbox", "file", "upload", "-r", "it", home.resolve("tree").toString(), "/up");
        assertThat(succeed("sandbox", "exec", "it", "--", "/up/below/run.sh").out())
                .isEqualTo("ran\n");
        succeed(
                "sandbox",
                "file",
                "download",
                "-r",
                "it",
                "/up",
                home.resolve("down").toString());
        assertThat(home.resolve("down/below/run.sh")).isExecutable().hasSameBinaryContentAs(file);
    }

    @Test
    void aBrokenSandboxIsAsItWasAfterARestore() throws Exception {
        succeed("sandbox", "exec", "it", "--", "sh", "-c", "echo precious > /keep.txt");
        JsonFields snapshot = succeed("sandbox", "snapshot", "create", "it", "--resume-source", "--json")
                .data()
                .object("snapshot");
        String id = snapshot.string("snapshot_id");
        assertThat(id).startsWith("snap-it-");
        assertThat(snapshot.string("vm_id")).isEqualTo("it");
        succeed("sandbox", "exec", "it", "--", "rm", "/keep.txt");
        JsonFields vm = succeed("sandbox", "snapshot", "restore", id, "--resume", "--json")
                .data()
                .object("vm");
        assertThat(vm.string("status")).isEqualTo("running");
        assertThat(succeed("sandbox", "exec", "it", "--", "cat", "/keep.txt").out())
                .isEqualTo("precious\n");
        assertThat(run("", "sandbox", "snapshot", "restore", id).code()).isEqualTo(4);
        succeed("sandbox", "snapshot", "delete", id);
        assertThat(run("", "sandbox", "snapshot", "info", id).code()).isEqualTo(3);
    }

    @Test
    void doctorFindsThisMachineGoodEnough() throws Exception {
        assertThat(succeed("doctor", "--json").data().list("checks", c -> c.string("id")))
                .contains("qemu", "store");
    }

    @Test
    void theLauncherWorksThroughASymlinkFromAnotherDirectory() throws Exception {
        Path link = Files.createSymbolicLink(home.resolve("link"), LAUNCHER);
        Outcome outcome = run("", List.of("sh", "-c", "cd / && exec " + link + " --version"));
        Files.delete(link);
        assertThat(outcome.out()).startsWith("smolvm ");
    }

    /** What is not there is loaded from the jars and linked anew at each start, which takes ten times as long. */
    @Test
    void whatPeopleWaitForFindsItsClassesInTheCache() throws Exception {
        succeed("sandbox", "snapshot", "create", "it", "--snapshot-id", "cached", "--resume-source");
        for (String line : List.of(
                "--version",
                "sandbox list",
                "sandbox snapshot list",
                "sandbox snapshot list --json",
                "sandbox exec it -- true")) {
            assertThat(log("class+load=info", line))
                    .as(line)
                    .filteredOn(loaded -> !loaded.contains("source: shared objects file"))
                    .noneMatch(loaded -> loaded.contains(" dev.smolvm.")
                            || loaded.contains(" picocli.")
                            || loaded.contains(" com.fasterxml.")
                            || loaded.contains("$$Lambda"));
        }
        succeed("sandbox", "snapshot", "delete", "cached");
    }

    /** What is not in the cache, and what is nowhere, the JVM looks for in all of them: 15 ms for nothing. */
    @Test
    void aCommandOpensNoJarButItsOwn(@TempDir Path directory) throws Exception {
        Path trace = directory.resolve("trace");
        succeed("sandbox", "snapshot", "create", "it", "--snapshot-id", "aged", "--resume-source");
        Path snapshot = home.resolve("store/snapshots/aged");
        for (Path path : List.of(snapshot.resolve("manifest.json"), snapshot)) {
            Files.setLastModifiedTime(path, FileTime.from(Instant.now().minusSeconds(60)));
        }
        // The next one shows it from the index.
        succeed("sandbox", "snapshot", "list");
        for (List<String> words : List.of(
                List.of("sandbox", "exec", "it", "--", "true"),
                List.of("sandbox", "list"),
                List.of("sandbox", "snapshot", "list"))) {
            List<String> command = new ArrayList<>(
                    List.of("strace", "-f", "-e", "trace=openat", "-o", trace.toString(), LAUNCHER.toString()));
            command.addAll(words);
            assertThat(run("", command).code()).isZero();
            List<String> opened = Files.readAllLines(trace);
            assertThat(opened).anyMatch(line -> line.contains("/smolvm.aot\""));
            assertThat(opened.stream().filter(line -> line.contains(".jar\"")))
                    .as(words + " opens")
                    .allMatch(line -> line.contains("/smolvm-cli.jar\""));
        }
        succeed("sandbox", "snapshot", "delete", "aged");
    }

    @Test
    void theProcessEndsWithoutWaitingForThreadsInNativeCode() throws Exception {
        // Both of the JVM's own ways out are this operation.
        assertThat(log("vmthread=debug", "sandbox exec it -- true"))
                .noneMatch(line -> line.contains("VM operation: Exit"));
        assertThat(run("", "sandbox", "exec", "it", "--", "sh", "-c", "exit 9").code())
                .isEqualTo(9);
    }

    /** What the JVM says of itself while it runs a command, which succeeds. */
    private static List<String> log(String what, String line) throws Exception {
        Path log = home.resolve("jvm.log");
        List<String> command = new ArrayList<>(
                List.of("env", "JAVA_TOOL_OPTIONS=-Xlog:" + what + ":file=" + log, LAUNCHER.toString()));
        command.addAll(List.of(line.split(" ")));
        Outcome outcome = run("", command);
        assertThat(outcome.code()).as(outcome.toString()).isZero();
        return Files.readAllLines(log);
    }

    @Test
    void quickstartShowsThatItAllWorks() throws Exception {
        Outcome outcome = succeed("quickstart", "--yes");
        assertThat(outcome.out())
                .contains("restored the snapshot")
                .contains("the file is back")
                .contains("cleaned up");
    }

    private static Outcome succeed(String... words) throws Exception {
        Outcome outcome = run("", words);
        assertThat(outcome.code()).as(outcome.toString()).isZero();
        return outcome;
    }

    private static Outcome run(String input, String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of(LAUNCHER.toString()));
        command.addAll(List.of(words));
        return run(input, command);
    }

    private static Outcome run(String input, List<String> command) throws Exception {
        Process process = process(command);
        CompletableFuture<String> out = CompletableFuture.supplyAsync(() -> text(process.getInputStream()));
        CompletableFuture<String> err = CompletableFuture.supplyAsync(() -> text(process.getErrorStream()));
        try (var stdin = process.getOutputStream()) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // It ended without reading all of it.
        }
        assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS))
                .as("in time: " + command)
                .isTrue();
        return new Outcome(process.exitValue(), out.get(), err.get());
    }

    private static Process start(String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of(LAUNCHER.toString()));
        command.addAll(List.of(words));
        return process(command);
    }

    private static Process process(List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("SMOLVM_HOME", home.resolve("store").toString());
        builder.environment().put("TOKEN", "marker-4711-secret");
        return builder.start();
    }

    private static void interrupt(Process process) throws Exception {
        assertThat(new ProcessBuilder("kill", "-INT", Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    private static String text(InputStream in) {
        try {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
