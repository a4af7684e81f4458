package dev.smolvm.bench.scenario;

import dev.smolvm.Progress;
import dev.smolvm.archive.ExportRequest;
import dev.smolvm.archive.ExportedArchive;
import dev.smolvm.archive.ImportRequest;
import dev.smolvm.bench.lab.DirectWrite;
import dev.smolvm.bench.lab.Lab;
import dev.smolvm.bench.measure.Contender;
import dev.smolvm.bench.measure.Figure;
import dev.smolvm.bench.measure.Form;
import dev.smolvm.bench.measure.Participant;
import dev.smolvm.bench.measure.Recorder;
import dev.smolvm.bench.measure.Role;
import dev.smolvm.bench.measure.Rounds;
import dev.smolvm.bench.measure.Scenario;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A full snapshot, with its image, to one file and back. Throughput is that of what is in the snapshot, before it is compressed.
 *
 * @param filledMib of the guest's memory with what cannot be compressed
 */
public record Archive(int filledMib) implements Scenario {
    public static final Figure EXPORT = Figure.throughput("snapshot export");
    public static final Figure IMPORT = Figure.throughput("snapshot import");
    public static final Figure SIZE = Figure.mib("the archive");

    @Override
    public String name() {
        return "archive";
    }

    @Override
    public String title() {
        return "Export and import: " + new Shape(SandboxRequest.DEFAULT_MEMORY_MIB, filledMib).inWords();
    }

    @Override
    public Rounds rounds(Form form) {
        return form.choose(new Rounds(1, 2), new Rounds(1, 5));
    }

    @Override
    public List<Contender> contenders(Lab lab) {
        Ours ours = new Ours(lab);
        return List.of(ours, new Written(ours));
    }

    private final class Ours extends Participant {
        private final Lab lab;
        private final SandboxName sandbox;
        private SnapshotInfo snapshot;
        private ExportedArchive archive;

        Ours(Lab lab) {
            super("smolvm", Role.OURS);
            this.lab = lab;
            this.sandbox = lab.name("archive");
        }

        @Override
        public void prepare() {
            lab.create(sandbox, SandboxRequest.DEFAULT_MEMORY_MIB);
            lab.guests().fill(sandbox, filledMib);
            snapshot = lab.vm().snapshots().create(SnapshotRequest.full(sandbox), Progress.NONE);
            lab.vm().sandboxes().stop(sandbox, true);
        }

        @Override
        public void round(Recorder recorder) throws IOException {
            Path file = lab.directory("archive").resolve("archive");
            long start = System.nanoTime();
            archive = lab.vm().archives().export(new ExportRequest(snapshot.id(), file, true, false), Progress.NONE);
            recorder.throughputSince(start, archive.contentBytes(), EXPORT);
            recorder.add(SIZE, archive.bytes() / (double) (1 << 20));
            SnapshotId copy = new SnapshotId(snapshot.id() + "-copy");
            start = System.nanoTime();
            lab.vm().archives().importFile(new ImportRequest(file, Optional.of(copy), Optional.empty()), Progress.NONE);
            recorder.throughputSince(start, archive.contentBytes(), IMPORT);
            lab.vm().snapshots().delete(copy);
            Files.delete(file);
        }

        @Override
        public void close() {
            lab.discard(sandbox);
        }
    }

    /** What each has to write at least: the export an archive, the import all that is in it. */
    private static final class Written extends Participant {
        private final Ours ours;

        Written(Ours ours) {
            super("direct write of as many bytes, fsync", Role.FLOOR);
            this.ours = ours;
        }

        @Override
        public void round(Recorder recorder) throws IOException {
            double content = ours.archive.contentBytes() / (double) (1 << 20);
            Path directory = ours.lab.directory("write");
            recorder.add(EXPORT, content / DirectWrite.millis(directory, ours.archive.bytes()) * 1e3);
            recorder.add(IMPORT, content / DirectWrite.millis(directory, ours.archive.contentBytes()) * 1e3);
        }
    }
}
