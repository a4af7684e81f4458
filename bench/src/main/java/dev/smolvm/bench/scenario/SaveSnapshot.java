package dev.smolvm.bench.scenario;

import dev.smolvm.Progress;
import dev.smolvm.bench.lab.DirectWrite;
import dev.smolvm.bench.lab.Heartbeat;
import dev.smolvm.bench.lab.Lab;
import dev.smolvm.bench.measure.Contender;
import dev.smolvm.bench.measure.Figure;
import dev.smolvm.bench.measure.Participant;
import dev.smolvm.bench.measure.Recorder;
import dev.smolvm.bench.measure.Role;
import dev.smolvm.bench.measure.Scenario;
import dev.smolvm.bench.qemu.RawQemu;
import dev.smolvm.bench.qemu.SavedGuest;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonParser;
import dev.smolvm.os.SparseFile;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.store.SandboxName;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A full snapshot of a guest that writes to its disk without pause. The contenders' guests stand still outside of their rounds,
 * so that only one is ever busy.
 */
public record SaveSnapshot(Shape shape) implements Scenario {
    public static final Figure TOTAL = Figure.millis("snapshot create, all of it");
    public static final Figure PAUSE = Figure.millis("the guest stands still, as the VMM reports it");
    public static final Figure PAUSE_SEEN = Figure.millis("longest gap in the guest's heartbeat");
    public static final Figure SIZE = Figure.mib("memory saved");

    /** For peers as well: what the guest does meanwhile. */
    public static final String DISK_LOAD =
            "(while :; do dd if=/dev/urandom of=/root/load bs=256k count=64 conv=fsync; done) </dev/null >/dev/null 2>&1 &";

    /** After a guest runs again, and before anything is measured. */
    private static final long SETTLING_MILLIS = 200;

    private static final long QUIET_MILLIS = 1_000;

    @Override
    public String name() {
        return "snapshot-" + shape.memoryMib();
    }

    @Override
    public String title() {
        return "Save a running guest: " + shape.inWords() + ", disk writes";
    }

    @Override
    public List<Contender> contenders(Lab lab) {
        Ours ours = new Ours(lab);
        return List.of(ours, new Undisturbed(ours), new Written(lab, ours), new Switched(ours), new Inside(ours));
    }

    private final class Ours extends Participant {
        private final Lab lab;
        private final SandboxName sandbox;
        private SavedGuest base;
        private Heartbeat heartbeat;
        private long savedBytes;
        private double quietGap;

        Ours(Lab lab) {
            super("smolvm", Role.OURS);
            this.lab = lab;
            this.sandbox = lab.name(SaveSnapshot.this.name());
        }

        @Override
        public void prepare() throws Exception {
            lab.create(sandbox, shape.memoryMib());
            lab.guests().fill(sandbox, shape.filledMib());
            lab.guests().run(sandbox, DISK_LOAD);
            base = SavedGuest.of(lab, lab.vm().snapshots().create(SnapshotRequest.full(sandbox), Progress.NONE));
            heartbeat = Heartbeat.of(lab.vm(), sandbox);
            Thread.sleep(QUIET_MILLIS);
            lab.vm().sandboxes().pause(sandbox);
        }

        @Override
        public void round(Recorder recorder) throws IOException, InterruptedException {
            lab.vm().sandboxes().resume(sandbox);
            Thread.sleep(SETTLING_MILLIS);
            save(recorder);
            quietGap = heartbeat.longestGapIn(QUIET_MILLIS);
            lab.vm().sandboxes().pause(sandbox);
        }

        private void save(Recorder recorder) throws IOException, InterruptedException {
            SnapshotInfo[] saved = new SnapshotInfo[1];
            double gap = heartbeat.longestGapDuring(() -> {
                long start = System.nanoTime();
                saved[0] = lab.vm().snapshots().create(SnapshotRequest.full(sandbox), Progress.NONE);
                recorder.since(start, TOTAL);
            });
            recorder.add(PAUSE_SEEN, gap);
            recorder.add(PAUSE, reportedPause(saved[0]));
            savedBytes = SparseFile.allocated(saved[0].memoryPath().orElseThrow());
            recorder.add(SIZE, savedBytes / (double) (1 << 20));
            lab.vm().snapshots().delete(saved[0].id());
        }

        private long reportedPause(SnapshotInfo snapshot) throws IOException {
            Path manifest = lab.vm().store().layout().snapshotManifest(snapshot.id());
            return JsonFields.of(JsonParser.read(manifest), "manifest")
                    .object("snapshot")
                    .integer("pause_millis");
        }

        @Override
        public void close() {
            lab.discard(sandbox);
        }
    }

    /** What the heartbeat looks like when nothing is saved. */
    private static final class Undisturbed extends Participant {
        private final Ours ours;

        Undisturbed(Ours ours) {
            super("no snapshot", Role.FLOOR);
            this.ours = ours;
        }

        @Override
        public void round(Recorder recorder) {
            recorder.add(PAUSE_SEEN, ours.quietGap);
        }
    }

    /** As many bytes as were saved last. */
    private static final class Written extends Participant {
        private final Lab lab;
        private final Ours ours;

        Written(Lab lab, Ours ours) {
            super("direct write of as many bytes, fsync", Role.FLOOR);
            this.lab = lab;
            this.ours = ours;
        }

        @Override
        public void round(Recorder recorder) throws IOException {
            recorder.add(TOTAL, DirectWrite.millis(lab.directory("write"), ours.savedBytes));
        }
    }

    /** The same guest in a QEMU of its own, whose disk goes on in an empty layer. */
    private static final class Switched extends Participant {
        private final Ours ours;
        private RawQemu qemu;
        private String node;
        private int layers;

        Switched(Ours ours) {
            super("blockdev-snapshot by QMP", Role.FLOOR);
            this.ours = ours;
        }

        @Override
        public void prepare() throws Exception {
            qemu = ours.base.startAndRun(ours.base.overlay());
            qemu.stop();
            node = ours.base.rootNode();
        }

        @Override
        public void round(Recorder recorder) throws IOException, InterruptedException {
            String next = "next" + ++layers;
            qemu.addLayer(next, ours.base.overlay());
            qemu.run();
            Thread.sleep(SETTLING_MILLIS);
            long start = System.nanoTime();
            qemu.switchLayer(node, next);
            recorder.since(start, PAUSE);
            qemu.stop();
            node = next;
        }

        @Override
        public void close() throws IOException {
            if (qemu != null) {
                qemu.close();
            }
        }
    }

    /** QEMU's own way: memory goes into the disk's file while the guest stands still. */
    private static final class Inside extends Participant {
        private static final String TAG = "bench";

        private final Ours ours;
        private RawQemu qemu;

        Inside(Ours ours) {
            super("QEMU snapshot-save", Role.PEER);
            this.ours = ours;
        }

        @Override
        public void prepare() throws Exception {
            qemu = ours.base.startAndRun(ours.base.overlay());
            qemu.stop();
        }

        @Override
        public void round(Recorder recorder) throws IOException, InterruptedException {
            qemu.run();
            Thread.sleep(SETTLING_MILLIS);
            long start = System.nanoTime();
            double pause = qemu.saveInside(TAG).toNanos();
            recorder.since(start, TOTAL);
            recorder.add(PAUSE, pause / 1e6);
            qemu.stop();
            qemu.deleteInside(TAG);
        }

        @Override
        public void close() throws IOException {
            if (qemu != null) {
                qemu.close();
            }
        }
    }
}
