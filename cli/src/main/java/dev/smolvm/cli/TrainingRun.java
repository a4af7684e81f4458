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
 * not in the cache costs its user ten times as much). So there are two runs, one after the other in one store: of the commands that save
 * memory, which bring many classes of their own, and of the others.
 */
final class TrainingRun {
    private static final String MEMORY = Integer.toString(TrainingVmm.MEMORY_MIB);
    private static final String SAVED = "saved";

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

    /** The first of them makes a template of the image. */
    private static final String[][] SAVING = {
        {"sandbox", "create", "--name", "made", "--memory", MEMORY},
        {"sandbox", "snapshot", "create", "--snapshot-id", SAVED, "made"},
        {"sandbox", "fork", "--name", "copy", "made"},
        {"sandbox", "delete", "--force", "copy"},
        {"sandbox", "delete", "--force", "made"},
    };

    /** After {@link #SAVING}. */
    private static final String[][] RESTORING = {
        {"sandbox", "create", "--name", "restored", "--memory", MEMORY},
        {"sandbox", "exec", "restored", "--", "true"},
        {"sandbox", "snapshot", "restore", SAVED, "--resume"},
        {"sandbox", "snapshot", "restore", SAVED, "--resume", "--name", "copy"},
        {"sandbox", "delete", "--force", "restored"},
        {"sandbox", "delete", "--force", "made"},
        {"sandbox", "delete", "--force", "copy", "--json"},
        {"sandbox", "snapshot", "delete", SAVED, "--json"},
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

    /** @param args {@code saving} for the first run, {@code other} for the second */
    public static void main(String[] args) throws Exception {
        Main.useTheJdksSelectors();
        try (OutputStream nowhere = new FileOutputStream("/dev/null")) {
            TrainingRun training = new TrainingRun(nowhere);
            switch (args[0]) {
                case "saving" -> training.save();
                case "other" -> training.runOthers();
                default -> throw new IllegalArgumentException(args[0]);
            }
        }
        // The end of every run; here it must not be the end, or there would be no cache.
        Class.forName("dev.smolvm.cli.terminal.ProcessEnd");
    }

    private void save() throws Exception {
        // Makes the store.
        run("image", "list", "--json");
        Path home = SmolVm.defaultHome(environment);
        try (TrainingVmm vmm = new TrainingVmm(home)) {
            succeed(vmm, SAVING);
        }
        if (!TrainingVmm.hasTemplate(home)) {
            throw new IllegalStateException("sandbox create made no template, so the other would restore none");
        }
    }

    private void runOthers() throws Exception {
        Path home = SmolVm.defaultHome(environment);
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
            succeed(vmm, RESTORING);
        }
    }

    private void succeed(TrainingVmm vmm, String[]... commandLines) {
        environment.put("SMOLVM_QEMU", vmm.program().toString());
        for (String[] commandLine : commandLines) {
            succeed(commandLine);
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
