package dev.smolvm.cli.fake;

import dev.smolvm.cli.Cli;
import dev.smolvm.cli.TestTree;
import dev.smolvm.cli.library.Library;
import dev.smolvm.cli.library.OpenedLibrary;
import dev.smolvm.cli.session.Surroundings;
import dev.smolvm.host.Check;
import dev.smolvm.json.JsonFields;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs command lines against fakes and keeps what they said. */
public final class CliRun {
    public final FakeSandboxes sandboxes = new FakeSandboxes();
    public final FakeSnapshots snapshots = new FakeSnapshots(sandboxes);
    public final FakeForks forks = new FakeForks(sandboxes, snapshots);
    public final FakeArchives archives = new FakeArchives(snapshots);
    public final FakeImages images = new FakeImages();
    public final FakeUpkeep upkeep = new FakeUpkeep();
    public final FakeHistory history = new FakeHistory();
    public final FakeCheckpoints checkpoints = new FakeCheckpoints(sandboxes, snapshots);
    public final FakeInspection inspection = new FakeInspection(snapshots, sandboxes);
    public final FakeSignals signals = new FakeSignals();
    public final FakeTerminal terminal = new FakeTerminal();
    public final Map<String, String> environment = new HashMap<>();
    public final List<Check> checks = new ArrayList<>();
    public Surroundings.Terminals terminals = Surroundings.Terminals.NONE;
    public Duration lockTimeout;
    public String stdin = "";
    /** Why nothing can be written to standard output, such as {@code Broken pipe}; empty: it can. */
    public String outFailure = "";

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    /** Returns the exit code. */
    public int run(String... args) {
        out.reset();
        err.reset();
        Library library = new OpenedLibrary(
                sandboxes, snapshots, forks, archives, images, upkeep, history, checkpoints, inspection);
        Surroundings surroundings = new Surroundings(
                new ByteArrayInputStream(stdin.getBytes(StandardCharsets.UTF_8)),
                outFailure.isEmpty() ? out : failing(outFailure),
                err,
                terminals,
                environment,
                timeout -> {
                    lockTimeout = timeout;
                    return library;
                },
                () -> checks,
                signals,
                terminal);
        return new Cli(surroundings, TestTree.root()).run(args);
    }

    private static OutputStream failing(String why) {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException(why);
            }
        };
    }

    public String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    public String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    /** The one document on stdout; fails if there is anything else. */
    public JsonFields json() {
        return JsonFields.of(TestTree.parse(out()), "");
    }
}
