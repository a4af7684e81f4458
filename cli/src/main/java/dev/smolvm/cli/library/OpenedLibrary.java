package dev.smolvm.cli.library;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.archive.Archives;
import dev.smolvm.archive.ExportRequest;
import dev.smolvm.archive.ExportedArchive;
import dev.smolvm.archive.ImportRequest;
import dev.smolvm.archive.ImportedSnapshot;
import dev.smolvm.checkpoint.CheckpointListener;
import dev.smolvm.checkpoint.CheckpointRequest;
import dev.smolvm.checkpoint.CheckpointSummary;
import dev.smolvm.checkpoint.Checkpoints;
import dev.smolvm.checkpoint.GuardedCommand;
import dev.smolvm.checkpoint.GuardedRequest;
import dev.smolvm.checkpoint.GuardedResult;
import dev.smolvm.checkpoint.GuardedRun;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.TransferListener;
import dev.smolvm.history.History;
import dev.smolvm.history.Lineage;
import dev.smolvm.history.PruneReport;
import dev.smolvm.history.RetentionRules;
import dev.smolvm.image.ImageManifest;
import dev.smolvm.image.ImageRequest;
import dev.smolvm.image.Images;
import dev.smolvm.inspect.ContentDiff;
import dev.smolvm.inspect.Inspection;
import dev.smolvm.inspect.Side;
import dev.smolvm.inspect.TreeDiff;
import dev.smolvm.sandbox.PortForward;
import dev.smolvm.sandbox.SandboxInfo;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.sandbox.Sandboxes;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.RestoredSandbox;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotNotes;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.Snapshots;
import dev.smolvm.snapshot.VerifyReport;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.upkeep.CheckReport;
import dev.smolvm.upkeep.CheckRequest;
import dev.smolvm.upkeep.CompactReport;
import dev.smolvm.upkeep.CompactRequest;
import dev.smolvm.upkeep.StoreUsage;
import dev.smolvm.upkeep.Upkeep;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** The real library; passes everything on. */
public record OpenedLibrary(
        SandboxLibrary sandboxes,
        SnapshotLibrary snapshots,
        ForkLibrary forks,
        ArchiveLibrary archives,
        ImageLibrary images,
        UpkeepLibrary upkeep,
        HistoryLibrary history,
        CheckpointLibrary checkpoints,
        InspectionLibrary inspection)
        implements Library {
    public static Library of(SmolVm smolVm) {
        return new OpenedLibrary(
                new RealSandboxes(smolVm.sandboxes()),
                new RealSnapshots(smolVm.snapshots()),
                smolVm.forks()::fork,
                new RealArchives(smolVm.archives()),
                new RealImages(smolVm.images()),
                new RealUpkeep(smolVm.upkeep()),
                new RealHistory(smolVm.history()),
                new RealCheckpoints(smolVm.checkpoints(), smolVm.guardedRun()),
                new RealInspection(smolVm.inspection()));
    }

    private record RealSandboxes(Sandboxes real) implements SandboxLibrary {
        @Override
        public SandboxInfo create(SandboxRequest request, Progress progress) {
            return real.create(request, progress);
        }

        @Override
        public List<SandboxInfo> list() {
            return real.list();
        }

        @Override
        public SandboxName resolve(String reference) {
            return real.resolve(reference);
        }

        @Override
        public SandboxInfo info(SandboxName name) {
            return real.info(name);
        }

        @Override
        public SandboxInfo start(SandboxName name, Duration bootTimeout, Progress progress) {
            return real.start(name, bootTimeout, progress);
        }

        @Override
        public SandboxInfo stop(SandboxName name, boolean force) {
            return real.stop(name, force);
        }

        @Override
        public SandboxInfo pause(SandboxName name) {
            return real.pause(name);
        }

        @Override
        public SandboxInfo resume(SandboxName name) {
            return real.resume(name);
        }

        @Override
        public void delete(SandboxName name, boolean force) {
            real.delete(name, force);
        }

        @Override
        public Guest connect(SandboxName name, Duration deadline) {
            return real.connect(name, deadline);
        }

        @Override
        public void collectConsole(SandboxName name) {
            real.collectConsole(name);
        }

        @Override
        public PortForward expose(SandboxName name, OptionalInt hostPort, int guestPort) {
            return real.expose(name, hostPort, guestPort);
        }

        @Override
        public void unexpose(SandboxName name, int hostPort) {
            real.unexpose(name, hostPort);
        }
    }

    private record RealSnapshots(Snapshots real) implements SnapshotLibrary {
        @Override
        public SnapshotInfo create(SnapshotRequest request, Progress progress) {
            return real.create(request, progress);
        }

        @Override
        public RestoredSandbox restore(RestoreRequest request, Progress progress) {
            return real.restore(request, progress);
        }

        @Override
        public VerifyReport verify(List<SnapshotId> ids, Progress progress) {
            return real.verify(ids, progress);
        }

        @Override
        public VerifyReport verifyAll(Progress progress) {
            return real.verifyAll(progress);
        }

        @Override
        public List<SnapshotInfo> list(
                Optional<SandboxName> sandbox, BiConsumer<SnapshotId, SmolVmException> unreadable) {
            return real.overview(sandbox, unreadable);
        }

        @Override
        public SnapshotInfo info(SnapshotId id) {
            return real.info(id);
        }

        @Override
        public SnapshotId resolve(String reference) {
            return real.resolve(reference);
        }

        @Override
        public SnapshotInfo annotate(SnapshotId id, UnaryOperator<SnapshotNotes> change) {
            return real.annotate(id, change);
        }

        @Override
        public Optional<SnapshotInfo> delete(SnapshotId id) {
            return real.delete(id);
        }
    }

    private record RealUpkeep(Upkeep real) implements UpkeepLibrary {
        @Override
        public CheckReport check(CheckRequest request, Progress progress) {
            return real.check(request, progress);
        }

        @Override
        public StoreUsage usage() {
            return real.usage();
        }

        @Override
        public CompactRequest chainsOf(List<String> references, int longerThan) {
            return real.chainsOf(references, longerThan);
        }

        @Override
        public CompactReport compact(CompactRequest request, Progress progress) {
            return real.compact(request, progress);
        }
    }

    private record RealArchives(Archives real) implements ArchiveLibrary {
        @Override
        public ExportedArchive export(ExportRequest request, Progress progress) {
            return real.export(request, progress);
        }

        @Override
        public ImportedSnapshot importFile(ImportRequest request, Progress progress) {
            return real.importFile(request, progress);
        }
    }

    private record RealImages(Images real) implements ImageLibrary {
        @Override
        public List<ImageManifest> list() {
            return real.list();
        }

        @Override
        public Optional<ImageManifest> find(ImageName name) {
            return real.find(name);
        }

        @Override
        public ImageManifest inspect(ImageName name) {
            return real.inspect(name);
        }

        @Override
        public void remove(ImageName name) {
            real.remove(name);
        }

        @Override
        public ImageManifest build(
                ImageRequest request, Images.IfExists ifExists, Progress progress, Consumer<String> notes) {
            return real.build(request, ifExists, progress, notes);
        }
    }

    private record RealHistory(History real) implements HistoryLibrary {
        @Override
        public Lineage lineage(Optional<SandboxName> sandbox) {
            return real.lineage(sandbox);
        }

        @Override
        public PruneReport prune(
                Optional<SandboxName> sandbox, RetentionRules rules, boolean dryRun, Progress progress) {
            return real.prune(sandbox, rules, dryRun, progress);
        }
    }

    private record RealCheckpoints(Checkpoints real, GuardedRun guard) implements CheckpointLibrary {
        @Override
        public CheckpointSummary run(CheckpointRequest request, CheckpointListener listener, Progress progress) {
            return real.run(request, listener, progress);
        }

        @Override
        public GuardedResult guard(GuardedRequest request, GuardedCommand command, Progress progress) {
            return guard.run(request, command, progress);
        }
    }

    private record RealInspection(Inspection real) implements InspectionLibrary {
        @Override
        public Side resolve(String reference) {
            return real.resolve(reference);
        }

        @Override
        public TreeDiff diff(Side before, Side after, boolean checksum, Progress progress) {
            return real.diff(before, after, checksum, progress);
        }

        @Override
        public ContentDiff content(Side before, Side after, String path, Progress progress) {
            return real.content(before, after, path, progress);
        }

        @Override
        public void copy(SnapshotId snapshot, String path, Path local, TransferListener listener, Progress progress)
                throws IOException {
            real.copy(snapshot, path, local, listener, progress);
        }
    }
}
