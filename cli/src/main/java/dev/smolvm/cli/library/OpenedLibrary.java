package dev.smolvm.cli.library;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.archive.Archives;
import dev.smolvm.archive.ExportRequest;
import dev.smolvm.archive.ExportedArchive;
import dev.smolvm.archive.ImportRequest;
import dev.smolvm.archive.ImportedSnapshot;
import dev.smolvm.guest.Guest;
import dev.smolvm.image.ImageManifest;
import dev.smolvm.image.ImageRequest;
import dev.smolvm.image.Images;
import dev.smolvm.sandbox.PortForward;
import dev.smolvm.sandbox.SandboxInfo;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.sandbox.Sandboxes;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.RestoredSandbox;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.Snapshots;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/** The real library; passes everything on. */
public record OpenedLibrary(
        SandboxLibrary sandboxes, SnapshotLibrary snapshots, ArchiveLibrary archives, ImageLibrary images)
        implements Library {
    public static Library of(SmolVm smolVm) {
        return new OpenedLibrary(
                new RealSandboxes(smolVm.sandboxes()),
                new RealSnapshots(smolVm.snapshots()),
                new RealArchives(smolVm.archives()),
                new RealImages(smolVm.images()));
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
        public List<SnapshotInfo> list(Optional<SandboxName> sandbox) {
            return real.list(sandbox);
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
        public Optional<SnapshotInfo> delete(SnapshotId id) {
            return real.delete(id);
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
}
