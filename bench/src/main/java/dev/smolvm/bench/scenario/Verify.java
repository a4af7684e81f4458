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
import dev.smolvm.snapshot.ManifestFile;
import dev.smolvm.snapshot.SavedDisk;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotManifest;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.VerifyReport;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.StoreLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The checksums of all files of a full snapshot. Throughput is that of the data in them; holes are not counted, and not read.
 *
 * @param filledMib of the guest's memory
 */
public record Verify(int filledMib) implements Scenario {
    public static final Figure VERIFY = Figure.throughput("snapshot verify");

    @Override
    public String name() {
        return "verify";
    }

    @Override
    public String title() {
        return "Verify a snapshot: " + new Shape(SandboxRequest.DEFAULT_MEMORY_MIB, filledMib).inWords();
    }

    @Override
    public Rounds rounds(Form form) {
        return form.choose(new Rounds(2, 5), new Rounds(3, 15));
    }

    @Override
    public List<Contender> contenders(Lab lab) {
        Ours ours = new Ours(lab);
        return List.of(ours, new Reading(ours));
    }

    private final class Ours extends Participant {
        private final Lab lab;
        private final SandboxName sandbox;
        private SnapshotInfo snapshot;
        private final List<Path> files = new ArrayList<>();
        private long dataBytes;

        Ours(Lab lab) {
            super("smolvm", Role.OURS);
            this.lab = lab;
            this.sandbox = lab.name("verify");
        }

        @Override
        public void prepare() throws IOException {
            lab.create(sandbox, SandboxRequest.DEFAULT_MEMORY_MIB);
            lab.guests().fill(sandbox, filledMib);
            snapshot = lab.vm().snapshots().create(SnapshotRequest.full(sandbox), Progress.NONE);
            lab.vm().sandboxes().stop(sandbox, true);
            StoreLayout layout = lab.vm().store().layout();
            SnapshotManifest manifest = ManifestFile.read(snapshot.id(), layout.snapshotManifest(snapshot.id()));
            files.add(snapshot.memoryPath().orElseThrow());
            files.add(snapshot.statePath().orElseThrow());
            for (SavedDisk disk : manifest.disks()) {
                disk.layers().forEach(layer -> files.add(layout.blob(layer)));
            }
            manifest.sandbox().machine().bootBlobs().forEach(blob -> files.add(layout.blob(blob)));
            for (Path file : files) {
                dataBytes += SparseFile.allocated(file);
            }
        }

        @Override
        public void round(Recorder recorder) {
            long start = System.nanoTime();
            VerifyReport report = lab.vm().snapshots().verify(List.of(snapshot.id()), Progress.NONE);
            recorder.throughputSince(start, dataBytes, VERIFY);
            if (report.verdict().isPresent() || report.files() != files.size()) {
                throw new IllegalStateException("verified " + report + " and not " + files);
            }
        }

        @Override
        public void close() {
            lab.discard(sandbox);
        }
    }

    private static final class Reading extends Participant {
        private final Ours ours;
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(4 << 20);

        Reading(Ours ours) {
            super("reading the same data, from the page cache", Role.FLOOR);
            this.ours = ours;
        }

        @Override
        public void round(Recorder recorder) throws IOException {
            long start = System.nanoTime();
            for (Path file : ours.files) {
                try (FileChannel channel = FileChannel.open(file)) {
                    for (SparseFile.Extent extent : SparseFile.extents(file)) {
                        read(channel, extent);
                    }
                }
            }
            recorder.throughputSince(start, ours.dataBytes, VERIFY);
        }

        private void read(FileChannel channel, SparseFile.Extent extent) throws IOException {
            for (long at = extent.offset(); at < extent.end(); ) {
                buffer.clear().limit((int) Math.min(buffer.capacity(), extent.end() - at));
                at += channel.read(buffer, at);
            }
        }
    }
}
