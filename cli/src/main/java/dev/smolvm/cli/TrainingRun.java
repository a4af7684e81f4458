package dev.smolvm.cli;

import dev.smolvm.SmolVm;
import dev.smolvm.cli.session.Surroundings;
import java.io.ByteArrayInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * What the build runs to show the JVM which classes a run needs, so that it keeps them loaded and linked in its cache: the
 * commands that people wait for most often. Not simply all classes, since each costs every start a little (20 µs; one that is
 * not in the cache costs its user ten times as much).
 */
final class TrainingRun {
    private static final String[][] COMMAND_LINES = {
        {"--version"},
        {"sandbox", "list"},
        {"sandbox", "list", "--json"},
        {"sandbox", "info", "trained"},
        {"sandbox", "exec", "trained", "--", "true"},
        {"sandbox", "exec", "--env", "A=1", "--timeout", "9", "trained", "--", "cat"},
        {"sandbox", "snapshot", "list"},
        {"sandbox", "snapshot", "list", "--json"},
        {"sandbox", "snapshot", "info", "snap-trained0"},
    };

    /** With a {@link TrainingVmm}. The first makes a template of the image, the second is restored from it. */
    private static final String[][] LIVES = {
        {"sandbox", "create", "--name", "made", "--memory", Integer.toString(TrainingVmm.MEMORY_MIB)},
        {"sandbox", "create", "--name", "restored", "--memory", Integer.toString(TrainingVmm.MEMORY_MIB)},
        {"sandbox", "exec", "restored", "--", "true"},
        {"sandbox", "snapshot", "create", "--snapshot-id", "saved", "restored"},
        {"sandbox", "snapshot", "restore", "saved", "--resume"},
        {"sandbox", "snapshot", "restore", "saved", "--resume", "--name", "copy"},
        {"sandbox", "snapshot", "delete", "saved", "--json"},
        {"sandbox", "delete", "--force", "made"},
        {"sandbox", "delete", "--force", "restored"},
        {"sandbox", "delete", "--force", "copy", "--json"},
    };

    /** Their classes come into the cache as far as they get. */
    private static final String[][] FAILING = {
        {"sandbox", "info", "nobody"},
        {"sandbox", "delete", "nobody", "--json"},
        {"sandbox", "snapshot", "create", "nobody", "--json"},
        {"sandbox", "snapshot", "restore", "nobody", "--resume"},
    };

    private final Map<String, String> environment = new HashMap<>(System.getenv());
    private final OutputStream nowhere;

    private TrainingRun(OutputStream nowhere) {
        this.nowhere = nowhere;
    }

    public static void main(String[] args) throws Exception {
        try (OutputStream nowhere = new FileOutputStream("/dev/null")) {
            new TrainingRun(nowhere).run();
        }
        // The end of every run; here it must not be the end, or there would be no cache.
        Class.forName("dev.smolvm.cli.terminal.ProcessEnd");
    }

    private void run() throws Exception {
        Path home = SmolVm.defaultHome(environment);
        // Makes the store.
        run("image", "list", "--json");
        try (TrainingSandbox sandbox = new TrainingSandbox(home, "trained")) {
            // More than one, so that they are read in parallel.
            TrainingSandbox.snapshots(home, "snap-trained", 50);
            Path file = Files.writeString(home.resolveSibling("file"), "content");
            succeed("sandbox", "file", "upload", "trained", file.toString(), file + ".uploaded");
            succeed("sandbox", "file", "download", "trained", file + ".uploaded", file + ".downloaded");
            Files.delete(file);
            for (String[] commandLine : COMMAND_LINES) {
                succeed(commandLine);
            }
            for (String[] commandLine : FAILING) {
                run(commandLine);
            }
        }
        try (TrainingVmm vmm = new TrainingVmm(home)) {
            environment.put("SMOLVM_QEMU", vmm.program().toString());
            for (String[] commandLine : LIVES) {
                succeed(commandLine);
            }
            if (!vmm.savedTemplate()) {
                throw new IllegalStateException("sandbox create made no template");
            }
        }
    }

    private void succeed(String... commandLine) {
        if (run(commandLine) != 0) {
            throw new IllegalStateException("failed: smolvm " + String.join(" ", commandLine));
        }
    }

    private int run(String... commandLine) {
        InputStream in = new ByteArrayInputStream("input".getBytes(StandardCharsets.UTF_8));
        // Errors are shown when the build fails.
        Surroundings surroundings = Main.surroundings(in, nowhere, System.err, environment);
        return new Cli(surroundings, Commands.ROOT).run(commandLine);
    }
}
