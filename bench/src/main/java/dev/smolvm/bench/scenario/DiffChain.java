package dev.smolvm.bench.scenario;

import dev.smolvm.Progress;
import dev.smolvm.bench.lab.Lab;
import dev.smolvm.bench.measure.Contender;
import dev.smolvm.bench.measure.Figure;
import dev.smolvm.bench.measure.Form;
import dev.smolvm.bench.measure.Participant;
import dev.smolvm.bench.measure.Recorder;
import dev.smolvm.bench.measure.Role;
import dev.smolvm.bench.measure.Rounds;
import dev.smolvm.bench.measure.Scenario;
import dev.smolvm.os.SparseFile;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A row of diff snapshots, each after 5 MiB of changes, beside the full one at its beginning: what each costs, and how long
 * restores from the row's two ends take.
 *
 * @param onDisk whether the changes are made in a file on the guest's disk, or in its memory alone
 */
public record DiffChain(boolean onDisk) implements Scenario {
    public static final Figure SAVE = Figure.millis("snapshot create");
    public static final Figure MEMORY = Figure.mib("memory saved");
    public static final Figure LAYER = Figure.mib("disk layer saved");

    private static final int FILLED_MIB = 120;
    private static final int LENGTH = 10;
    private static final String CHANGE = "head -c 5242880 /dev/urandom > ";

    @Override
    public String name() {
        return "diffs-" + (onDisk ? "disk" : "memory");
    }

    @Override
    public String title() {
        return LENGTH + " diffs in a row, each after 5 MiB of changes " + (onDisk ? "on disk" : "in memory") + ": "
                + new Shape(SandboxRequest.DEFAULT_MEMORY_MIB, FILLED_MIB).inWords();
    }

    @Override
    public Rounds rounds(Form form) {
        return form.choose(new Rounds(0, 1), new Rounds(1, 3));
    }

    @Override
    public List<Contender> contenders(Lab lab) {
        Diffs diffs = new Diffs(lab);
        return List.of(diffs, new Full(diffs));
    }

    private final class Diffs extends Participant {
        private final Lab lab;
        private final SandboxName sandbox;
        /** What the full snapshots of the last round cost, and their restores: they take turns with the diffs'. */
        private final List<Sample> full = new ArrayList<>();

        Diffs(Lab lab) {
            super("smolvm, diff", Role.OURS);
            this.lab = lab;
            this.sandbox = lab.name(DiffChain.this.name());
        }

        @Override
        public void prepare() {
            lab.create(sandbox, SandboxRequest.DEFAULT_MEMORY_MIB);
            lab.guests().fill(sandbox, FILLED_MIB);
        }

        @Override
        public void round(Recorder recorder) throws IOException {
            full.clear();
            Recorder ofFull = (figure, value) -> full.add(new Sample(figure, value));
            List<SnapshotId> ids = new ArrayList<>();
            ids.add(save(SnapshotType.FULL, ofFull));
            for (int i = 1; i <= LENGTH; i++) {
                lab.guests().run(sandbox, CHANGE + (onDisk ? "/root" : "/dev/shm") + "/step" + i);
                ids.add(save(SnapshotType.DIFF, recorder));
            }
            for (int i = 0; i < lab.form().choose(3, 5); i++) {
                restore(ids.getFirst(), ofFull);
                restore(ids.getLast(), recorder);
            }
            ids.reversed().forEach(lab.vm().snapshots()::delete);
        }

        private SnapshotId save(SnapshotType type, Recorder recorder) throws IOException {
            long start = System.nanoTime();
            SnapshotInfo saved = lab.vm().snapshots().create(SnapshotRequest.live(sandbox, type), Progress.NONE);
            recorder.since(start, SAVE);
            recorder.add(MEMORY, SparseFile.allocated(saved.memoryPath().orElseThrow()) / (double) (1 << 20));
            recorder.add(LAYER, SparseFile.allocated(saved.diskPath()) / (double) (1 << 20));
            return saved.id();
        }

        private void restore(SnapshotId id, Recorder recorder) {
            long start = System.nanoTime();
            Restore.toRunning(lab, id, start, recorder);
            lab.guests().run(sandbox, "true");
            recorder.since(start, Restore.FIRST_COMMAND);
        }

        @Override
        public void close() {
            lab.discard(sandbox);
        }
    }

    private record Sample(Figure figure, double value) {}

    private static final class Full extends Participant {
        private final Diffs diffs;

        Full(Diffs diffs) {
            super("smolvm, full", Role.VARIANT);
            this.diffs = diffs;
        }

        @Override
        public void round(Recorder recorder) {
            diffs.full.forEach(sample -> recorder.add(sample.figure(), sample.value()));
        }
    }
}
