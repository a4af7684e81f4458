package dev.smolvm.testing;

import dev.smolvm.disk.Qcow2Overlay;
import dev.smolvm.image.ImageManifest;
import dev.smolvm.sandbox.DiskRecord;
import dev.smolvm.sandbox.Refresh;
import dev.smolvm.sandbox.SandboxDefinition;
import dev.smolvm.sandbox.SandboxRecord;
import dev.smolvm.sandbox.SandboxRecords;
import dev.smolvm.snapshot.DiskOrigin;
import dev.smolvm.snapshot.ManifestFile;
import dev.smolvm.snapshot.MemoryRecord;
import dev.smolvm.snapshot.SavedDisk;
import dev.smolvm.snapshot.SavedFile;
import dev.smolvm.snapshot.SnapshotManifest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobId;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.Staging;
import dev.smolvm.store.Store;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.store.StoreLocks;
import dev.smolvm.vmm.MachineSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;

/** A store with small but real files, as commands would have left it; no VM is needed for it. */
public final class SampleStore {
    public static final long DISK_BYTES = 64L << 20;
    private static final int MEMORY = 64 << 10;

    private final Random random = new Random(17);
    private final Store store;
    private final Blob kernel;
    private final Blob initrd;
    private Instant clock = Instant.parse("2026-01-02T03:04:05.678Z");

    public SampleStore(Path home) throws IOException {
        store = Store.open(home, Duration.ofMillis(50));
        kernel = blob(BlobKind.KERNEL, this::noise);
        initrd = blob(BlobKind.INITRD, this::noise);
    }

    public Store store() {
        return store;
    }

    public StoreLayout layout() {
        return store.layout();
    }

    /** Fills a file that does not exist. */
    @FunctionalInterface
    public interface Content {
        void write(Path file) throws IOException;
    }

    public Blob blob(BlobKind kind, Content content) throws IOException {
        try (Staging staging = store.stage();
                StoreLocks.Held held = store.locks().storeShared()) {
            Path file = staging.file("new");
            content.write(file);
            return store.addBlob(file, kind);
        }
    }

    /** A sound qcow2 file with something behind its tables. */
    public Blob layer() throws IOException {
        return blob(BlobKind.LAYER, file -> {
            Qcow2Overlay.create(file, DISK_BYTES, Qcow2Overlay.Sync.NO);
            byte[] more = new byte[10_000];
            random.nextBytes(more);
            Files.write(file, more, StandardOpenOption.APPEND);
        });
    }

    private void noise(Path file) throws IOException {
        noise(file, 20_000);
    }

    private void noise(Path file, int size) throws IOException {
        byte[] content = new byte[size];
        random.nextBytes(content);
        DurableFiles.createFile(file);
        Files.write(file, content);
    }

    public ImageName image(String name, Blob root) throws IOException {
        ImageName image = new ImageName(name);
        DurableFiles.createDirectory(layout().image(image));
        store.replaceFile(
                layout().imageManifest(image),
                new ImageManifest(
                                image,
                                ImageManifest.GuestOs.LINUX,
                                new ImageManifest.Boot.DirectKernel(kernel, initrd, "console=ttyS0"),
                                root,
                                DISK_BYTES,
                                new ImageManifest.Control.Agent(),
                                "a test",
                                clock)
                        .toJson()
                        .pretty());
        return image;
    }

    /** A stopped one, with an open layer above these. */
    public SandboxRecord sandbox(String name, Blob... sealed) throws IOException {
        SandboxDefinition definition = definition(name);
        DurableFiles.createDirectory(layout().sandbox(definition.name()));
        DurableFiles.createDirectory(layout().vm(definition.name()));
        BlobId overlay = BlobId.random();
        Qcow2Overlay.create(layout().overlay(definition.name(), overlay), DISK_BYTES, Qcow2Overlay.Sync.NO);
        SandboxRecord record = new SandboxRecord(
                definition,
                List.of(DiskRecord.Chain.of("root", DISK_BYTES, List.of(sealed), overlay)),
                3,
                Optional.empty(),
                OptionalInt.empty(),
                List.of(),
                Optional.empty(),
                Refresh.NONE);
        new SandboxRecords(store).save(record);
        return record;
    }

    /** @param parent of a diff */
    public SnapshotManifest snapshot(String id, SnapshotType type, String parent, Blob... layers) throws IOException {
        clock = clock.plusSeconds(1);
        SnapshotId snapshot = new SnapshotId(id);
        Path directory = layout().snapshot(snapshot);
        DurableFiles.createDirectory(directory);
        Optional<SavedFile> state = Optional.empty();
        Optional<MemoryRecord> memory = Optional.empty();
        if (type != SnapshotType.DISK) {
            state = Optional.of(saved(directory.resolve("device.state"), 8_000));
            memory = Optional.of(
                    type == SnapshotType.FULL
                            ? new MemoryRecord.Complete(saved(directory.resolve("memory"), MEMORY + 4096), MEMORY, 4096)
                            : new MemoryRecord.Changes(
                                    saved(directory.resolve("memory.diff"), 12_000),
                                    MEMORY,
                                    Optional.ofNullable(parent).map(SnapshotId::new),
                                    Optional.empty()));
        }
        SnapshotManifest manifest = new SnapshotManifest(
                snapshot,
                type,
                clock,
                definition("web"),
                List.of(new SavedDisk("root", DISK_BYTES, List.of(layers), DiskOrigin.OWN)),
                state,
                memory,
                Optional.ofNullable(parent).map(SnapshotId::new),
                17,
                List.of());
        write(manifest);
        return manifest;
    }

    public void write(SnapshotManifest manifest) {
        try {
            store.replaceFile(layout().snapshotManifest(manifest.id()), ManifestFile.write(manifest));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private SavedFile saved(Path file, int size) throws IOException {
        noise(file, size);
        return SavedFile.of(file);
    }

    private SandboxDefinition definition(String name) {
        MachineSpec machine = Samples.machine();
        SandboxDefinition sample = Samples.definition(new MachineSpec(
                machine.vmm(),
                machine.machineType(),
                machine.cpuModel(),
                machine.hostCpu(),
                machine.accelerator(),
                machine.memoryMib(),
                machine.cpus(),
                machine.mac(),
                machine.agentPorts(),
                machine.generationId(),
                machine.drivers(),
                new MachineSpec.Boot.DirectKernel(kernel, initrd, "console=ttyS0"),
                machine.disks()));
        return new SandboxDefinition(
                new SandboxName(name),
                sample.id(),
                sample.image(),
                sample.os(),
                sample.createdAt(),
                sample.machine(),
                sample.network(),
                sample.agent(),
                sample.sshUser(),
                sample.sshKey());
    }
}
