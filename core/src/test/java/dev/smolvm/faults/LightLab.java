package dev.smolvm.faults;

import dev.smolvm.Progress;
import dev.smolvm.disk.Qcow2Overlay;
import dev.smolvm.image.ImageManifest;
import dev.smolvm.image.Images;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.os.ProcessesIn;
import dev.smolvm.sandbox.AcceleratorChoice;
import dev.smolvm.sandbox.BackendChoice;
import dev.smolvm.sandbox.NetworkMode;
import dev.smolvm.sandbox.Recovery;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.sandbox.SandboxRecords;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.sandbox.Sandboxes;
import dev.smolvm.snapshot.FlushPolicy;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.snapshot.Snapshots;
import dev.smolvm.store.BlobCollector;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.Staging;
import dev.smolvm.store.Store;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.store.StoreLocks;
import dev.smolvm.testing.LightGuest;
import dev.smolvm.testing.LightVmm;
import dev.smolvm.vmm.TestVmms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A store whose sandboxes start in milliseconds: everything of the library is real but the VMM and the guest. */
public final class LightLab implements AutoCloseable {
    public static final ImageName IMAGE = new ImageName("light");
    private static final long DISK = 1 << 20;

    private final Path home;

    public LightLab(Path home) throws IOException {
        this.home = home;
        addImage(Store.open(home, Duration.ZERO));
    }

    /** Makes the image, or another one of the same name. */
    public static void addImage(Store store) throws IOException {
        try (StoreLocks.Held held = store.locks().storeShared();
                Staging staging = store.stage()) {
            Path root = staging.file("root");
            Qcow2Overlay.create(root, DISK, Qcow2Overlay.Sync.YES);
            if (Files.notExists(store.layout().image(IMAGE))) {
                DurableFiles.createDirectory(store.layout().image(IMAGE));
            }
            store.replaceFile(
                    store.layout().imageManifest(IMAGE),
                    new ImageManifest(
                                    IMAGE,
                                    ImageManifest.GuestOs.LINUX,
                                    new ImageManifest.Boot.DirectKernel(
                                            store.addBlob(text(staging, "kernel"), BlobKind.KERNEL),
                                            store.addBlob(text(staging, "initrd"), BlobKind.INITRD),
                                            ""),
                                    store.addBlob(root, BlobKind.LAYER),
                                    DISK,
                                    new ImageManifest.Control.Agent(),
                                    "a test",
                                    Instant.EPOCH)
                            .toJson()
                            .pretty());
        }
    }

    private static Path text(Staging staging, String name) throws IOException {
        return Files.writeString(staging.file(name), name);
    }

    /** The library, opened anew as every command does. */
    public Opened open(Duration lockTimeout) {
        Store store = Store.open(home, lockTimeout);
        SandboxContext context = new SandboxContext(
                store,
                new SandboxRecords(store),
                TestVmms.of(store.layout(), new LightVmm()),
                new Images(store),
                (_, _) -> new LightGuest(),
                new BlobCollector(store));
        new Recovery(context).sweep();
        return new Opened(context);
    }

    /** What a command has of the library. */
    public record Opened(SandboxContext context) {
        Store store() {
            return context.store();
        }

        Sandboxes sandboxes() {
            return new Sandboxes(context);
        }

        Snapshots snapshots() {
            return new Snapshots(context);
        }

        void create(SandboxName name) {
            sandboxes().create(request(name), Progress.NONE);
        }

        void save(SandboxName name, SnapshotId id, SnapshotType type) {
            snapshots()
                    .create(
                            new SnapshotRequest(name, Optional.of(id), type, true, false, FlushPolicy.REQUIRED),
                            Progress.NONE);
        }
    }

    public static SandboxRequest request(SandboxName name) {
        return new SandboxRequest(
                Optional.of(name),
                IMAGE,
                64,
                1,
                OptionalLong.empty(),
                BackendChoice.QEMU,
                AcceleratorChoice.TCG,
                NetworkMode.NONE,
                List.of(),
                List.of(),
                Duration.ofSeconds(5),
                Optional.empty());
    }

    public StoreLayout layout() {
        return new StoreLayout(home);
    }

    @Override
    public void close() throws IOException {
        ProcessesIn.directory(home).forEach(ProcessIdentity::kill);
        DurableFiles.deleteTree(home);
    }
}
