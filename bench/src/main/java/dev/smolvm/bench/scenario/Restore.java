package dev.smolvm.bench.scenario;

import dev.smolvm.Progress;
import dev.smolvm.bench.lab.Lab;
import dev.smolvm.bench.measure.Contender;
import dev.smolvm.bench.measure.Figure;
import dev.smolvm.bench.measure.Participant;
import dev.smolvm.bench.measure.Recorder;
import dev.smolvm.bench.measure.Role;
import dev.smolvm.bench.measure.Scenario;
import dev.smolvm.bench.qemu.RawQemu;
import dev.smolvm.bench.qemu.SavedGuest;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.Guest;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A restore of a full snapshot to a sandbox that is stopped.
 *
 * @param layers how many layers the disk's chain has above those that the sandbox was created with
 */
public record Restore(Shape shape, int layers) implements Scenario {
    public static final Figure RUNNING = Figure.millis("restore, until the guest runs");
    /** By then it knows what time it is. */
    public static final Figure RETURNED = Figure.millis("restore, until the call returns");

    public static final Figure FIRST_COMMAND = Figure.millis("restore, until the first command has answered");

    @Override
    public String name() {
        return "restore-" + shape.memoryMib() + (layers == 1 ? "" : "-" + layers + "-layers");
    }

    @Override
    public String title() {
        return "Restore: " + shape.inWords() + ", " + layers
                + (layers == 1 ? " layer of its own" : " layers of its own");
    }

    @Override
    public List<Contender> contenders(Lab lab) {
        Ours ours = new Ours(lab);
        return List.of(ours, new ByHand(ours), new Inside(ours));
    }

    /** Records when the guest runs, and when the call returns. */
    static void toRunning(Lab lab, SnapshotId id, long start, Recorder recorder) {
        lab.vm()
                .snapshots()
                .restore(
                        new RestoreRequest(id, true, true),
                        new FirstStep("tell the guest", () -> recorder.since(start, RUNNING)));
        recorder.since(start, RETURNED);
    }

    private final class Ours extends Participant {
        private final Lab lab;
        private final SandboxName sandbox;
        private SnapshotInfo snapshot;
        private SavedGuest base;

        Ours(Lab lab) {
            super("smolvm", Role.OURS);
            this.lab = lab;
            this.sandbox = lab.name(Restore.this.name());
        }

        @Override
        public void prepare() throws IOException {
            lab.create(sandbox, shape.memoryMib());
            int before = lab.vm().sandboxes().info(sandbox).layers();
            lab.guests().fill(sandbox, shape.filledMib());
            for (int i = 1; i < layers; i++) {
                lab.guests().run(sandbox, "head -c 1048576 /dev/urandom > /root/layer" + i);
                lab.vm().snapshots().create(SnapshotRequest.live(sandbox, SnapshotType.DISK), Progress.NONE);
            }
            snapshot = lab.vm().snapshots().create(SnapshotRequest.full(sandbox), Progress.NONE);
            int sealed = lab.vm().sandboxes().info(sandbox).layers() - before;
            if (sealed != layers) {
                throw new IllegalStateException("the disk got " + sealed + " layers and not " + layers);
            }
            base = SavedGuest.of(lab, snapshot);
            lab.vm().sandboxes().stop(sandbox, true);
        }

        @Override
        public void round(Recorder recorder) {
            long start = System.nanoTime();
            toRunning(lab, snapshot.id(), start, recorder);
            try (Guest guest = lab.guests().connect(sandbox)) {
                guest.exec(ExecRequest.of("true"), ExecIo.none());
            }
            recorder.since(start, FIRST_COMMAND);
            lab.vm().sandboxes().stop(sandbox, true);
        }

        @Override
        public void close() {
            lab.discard(sandbox);
        }
    }

    /** The same files loaded without the library. */
    private static final class ByHand extends Participant {
        private final Ours ours;

        ByHand(Ours ours) {
            super("QEMU by QMP: start, load, run", Role.FLOOR);
            this.ours = ours;
        }

        @Override
        public void round(Recorder recorder) throws Exception {
            Path overlay = ours.base.overlay();
            long start = System.nanoTime();
            try (RawQemu qemu = ours.base.startAndRun(overlay)) {
                recorder.since(start, RUNNING);
                qemu.firstCommand();
                recorder.since(start, FIRST_COMMAND);
            }
        }
    }

    /** QEMU's own way, from a snapshot with its memory inside the disk's file. */
    private static final class Inside extends Participant {
        private static final String TAG = "bench";

        private final Ours ours;
        private Path disk;

        Inside(Ours ours) {
            super("QEMU snapshot-load", Role.PEER);
            this.ours = ours;
        }

        @Override
        public void prepare() throws Exception {
            disk = ours.base.overlay();
            try (RawQemu qemu = ours.base.startAndRun(disk)) {
                qemu.saveInside(TAG);
                qemu.quit();
            }
        }

        @Override
        public void round(Recorder recorder) throws Exception {
            long start = System.nanoTime();
            try (RawQemu qemu = ours.base.startEmpty(disk)) {
                qemu.loadInside(TAG);
                qemu.run();
                recorder.since(start, RUNNING);
                qemu.firstCommand();
                recorder.since(start, FIRST_COMMAND);
                qemu.quit();
            }
        }
    }
}
