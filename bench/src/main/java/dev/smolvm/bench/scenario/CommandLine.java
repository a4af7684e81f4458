package dev.smolvm.bench.scenario;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.bench.ManySnapshots;
import dev.smolvm.bench.lab.Lab;
import dev.smolvm.bench.measure.Contender;
import dev.smolvm.bench.measure.Figure;
import dev.smolvm.bench.measure.Form;
import dev.smolvm.bench.measure.Participant;
import dev.smolvm.bench.measure.Recorder;
import dev.smolvm.bench.measure.Role;
import dev.smolvm.bench.measure.Rounds;
import dev.smolvm.bench.measure.Scenario;
import dev.smolvm.os.Command;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.snapshot.ManifestFile;
import dev.smolvm.snapshot.SavedDisk;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotManifest;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.Blob;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.StoreLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * Commands that only look at the store, as processes: their time is that of a JVM that starts.
 *
 * @param snapshots how many the store has
 */
public record CommandLine(int snapshots) implements Scenario {
    public static final Figure VERSION = Figure.millis("smolvm --version");
    public static final Figure LIST = Figure.millis("smolvm sandbox snapshot list");

    @Override
    public String name() {
        return "command-" + snapshots;
    }

    @Override
    public String title() {
        return "The command line, in a store with " + String.format(Locale.ROOT, "%,d", snapshots) + " snapshots";
    }

    @Override
    public Rounds rounds(Form form) {
        return form.choose(new Rounds(1, 5), new Rounds(2, 15));
    }

    @Override
    public List<Contender> contenders(Lab lab) {
        return List.of(new Ours(lab), new EmptyProgram(lab, VERSION, LIST));
    }

    private final class Ours extends Participant {
        private final Lab lab;
        private final SandboxName sandbox;
        private StoreLayout store;

        Ours(Lab lab) {
            super("smolvm", Role.OURS);
            this.lab = lab;
            this.sandbox = lab.name("list");
        }

        /** A store of its own, with one real snapshot's manifest under many ids, all of them sound. */
        @Override
        public void prepare() throws IOException {
            lab.create(sandbox, SandboxRequest.DEFAULT_MEMORY_MIB);
            SnapshotInfo one =
                    lab.vm().snapshots().create(SnapshotRequest.live(sandbox, SnapshotType.DISK), Progress.NONE);
            StoreLayout from = lab.vm().store().layout();
            SnapshotManifest manifest = ManifestFile.read(one.id(), from.snapshotManifest(one.id()));
            store = SmolVm.open(lab.directory("list").resolve("store"), Duration.ofSeconds(5))
                    .store()
                    .layout();
            for (SavedDisk disk : manifest.disks()) {
                for (Blob layer : disk.layers()) {
                    Files.createLink(store.blob(layer), from.blob(layer));
                }
            }
            ManySnapshots.fill(store, manifest, snapshots);
            lab.discard(sandbox);
        }

        @Override
        public void round(Recorder recorder) {
            EmptyProgram.time(recorder, VERSION, smolvm("--version"));
            String listed = EmptyProgram.time(recorder, LIST, smolvm("sandbox", "snapshot", "list"));
            if (listed.lines().filter(line -> line.startsWith("snapshot-")).count() != snapshots) {
                throw new IllegalStateException("not all " + snapshots + " snapshots are listed");
            }
        }

        private Command smolvm(String... arguments) {
            return lab.command(arguments)
                    .environment("SMOLVM_HOME", store.root().toString());
        }

        @Override
        public void close() {
            lab.discard(sandbox);
        }
    }
}
