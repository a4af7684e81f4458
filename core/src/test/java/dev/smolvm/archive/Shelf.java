package dev.smolvm.archive;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.disk.Qcow2Overlay;
import dev.smolvm.image.ImageManifest;
import dev.smolvm.os.SparseFile;
import dev.smolvm.sandbox.SandboxDefinition;
import dev.smolvm.snapshot.DiskOrigin;
import dev.smolvm.snapshot.ManifestFile;
import dev.smolvm.snapshot.MemoryRecord;
import dev.smolvm.snapshot.SavedDisk;
import dev.smolvm.snapshot.SavedFile;
import dev.smolvm.snapshot.SnapshotManifest;
import dev.smolvm.snapshot.SnapshotRecords;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.Store;
import dev.smolvm.testing.Samples;
import dev.smolvm.vmm.Accelerator;
import dev.smolvm.vmm.MachineSpec;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A store with snapshots that no virtual machine ever made: small, but complete and sound. */
final class Shelf {
    static final int PAGE = 4096;
    static final int MEMORY_MIB = 6;
    static final long MEMORY = (long) MEMORY_MIB << 20;
    static final long DISK = 64L << 20;
    /** Where page 0 lies in the file of a complete memory. */
    static final int OFFSET = 1 << 20;

    static final SnapshotId S1 = new SnapshotId("s1");

    private final Path home;
    private final SmolVm vm;
    private final SandboxDefinition sandbox;
    private final Blob root;

    private Shelf(Path home, boolean withImage) throws IOException {
        this.home = home;
        this.vm = SmolVm.open(home, Duration.ofMillis(300));
        Store store = vm.store();
        Blob kernel = blob(BlobKind.KERNEL, "a kernel");
        Blob initrd = blob(BlobKind.INITRD, "an initramfs");
        this.root = layer("the image's root");
        MachineSpec.Boot boot = new MachineSpec.Boot.DirectKernel(kernel, initrd, "console=ttyS0 smolvm.hostname=box");
        this.sandbox = Samples.definition(machine(boot));
        if (withImage) {
            ImageManifest image = new ImageManifest(
                    new ImageName("tiny"),
                    ImageManifest.GuestOs.LINUX,
                    new ImageManifest.Boot.DirectKernel(kernel, initrd, "console=ttyS0"),
                    root,
                    DISK,
                    new ImageManifest.Control.Agent(),
                    "tiny",
                    Instant.parse("2026-01-02T03:04:05Z"));
            DurableFiles.createDirectory(store.layout().image(image.name()));
            DurableFiles.write(
                    store.layout().imageManifest(image.name()), image.toJson().pretty());
        }
    }

    static Shelf empty(Path home) throws IOException {
        return new Shelf(home, false).cleared();
    }

    static Shelf open(Path home) throws IOException {
        return new Shelf(home, true);
    }

    private Shelf cleared() throws IOException {
        DurableFiles.deleteTree(vm.store().layout().layers());
        DurableFiles.createDirectory(vm.store().layout().layers());
        return this;
    }

    private static MachineSpec machine(MachineSpec.Boot boot) {
        return new MachineSpec(
                "qemu 10.0.2",
                "pc-q35-10.0",
                "max",
                "",
                Accelerator.TCG,
                MEMORY_MIB,
                2,
                Optional.of("52:54:00:12:34:56"),
                12,
                true,
                MachineSpec.GuestDrivers.VIRTIO,
                boot,
                List.of("root"));
    }

    SmolVm vm() {
        return vm;
    }

    Archives archives() {
        return vm.archives();
    }

    SandboxDefinition sandbox() {
        return sandbox;
    }

    Blob root() {
        return root;
    }

    Path path(Blob blob) {
        return vm.store().layout().blob(blob);
    }

    Path snapshot(SnapshotId id) {
        return vm.store().layout().snapshot(id);
    }

    SnapshotManifest manifest(SnapshotId id) {
        return new SnapshotRecords(vm.store()).load(id);
    }

    List<SnapshotId> ids() {
        return new SnapshotRecords(vm.store()).ids();
    }

    /** A full snapshot with some pages of memory. */
    SnapshotManifest full(SnapshotId id) throws IOException {
        Path directory = directory(id);
        Path memory = directory.resolve("memory");
        try (RandomAccessFile file = new RandomAccessFile(memory.toFile(), "rw")) {
            file.setLength(OFFSET + MEMORY);
            file.writeBytes("QEVM");
            page(file, 3, "three");
            page(file, 4, "four");
            page(file, 1300, "far away");
        }
        return publish(
                id,
                SnapshotType.FULL,
                layers("what " + id + " wrote"),
                Optional.of(new MemoryRecord.Complete(SavedFile.of(memory), MEMORY, OFFSET)));
    }

    private static void page(RandomAccessFile file, int page, String text) throws IOException {
        file.seek(OFFSET + (long) page * PAGE);
        file.writeBytes(text);
    }

    /** A diff of a full one: page 4 is zero now, page 5 is new, page 1300 has changed. */
    SnapshotManifest diff(SnapshotId id, SnapshotId parent) throws IOException {
        Path file = directory(id).resolve("memory.diff");
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.writeBytes("SMOLDIFF");
            out.writeInt(1);
            out.writeInt(PAGE);
            out.writeLong(MEMORY);
            out.writeLong(3);
            out.writeLong(4);
            out.writeLong(1 | 1L << 63);
            out.writeLong(5);
            out.writeLong(1);
            out.writeLong(1300);
            out.writeLong(1);
            out.seek(PAGE);
            out.writeBytes("five");
            out.seek(2 * PAGE);
            out.writeBytes("changed");
            out.setLength(3 * PAGE);
        }
        return publish(
                id,
                SnapshotType.DIFF,
                layers("what " + id + " wrote"),
                Optional.of(
                        new MemoryRecord.Changes(SavedFile.of(file), MEMORY, Optional.of(parent), Optional.empty())));
    }

    /** A diff of a full one that holds all memory itself, since little of its parent's was left. */
    SnapshotManifest completeDiff(SnapshotId id) throws IOException {
        SnapshotManifest full = full(id);
        return publish(id, SnapshotType.DIFF, full.disks().getFirst(), full.memory());
    }

    SnapshotManifest disk(SnapshotId id) throws IOException {
        directory(id);
        return publish(id, SnapshotType.DISK, layers("what " + id + " wrote"), Optional.empty());
    }

    /** With two layers that nobody wrote to. */
    SnapshotManifest twice(SnapshotId id) throws IOException {
        directory(id);
        return publish(id, SnapshotType.DISK, List.of(root, layer(""), layer("")), Optional.empty());
    }

    /** As on Firecracker: the disk is one raw file, with a hole in it. */
    SnapshotManifest raw(SnapshotId id) throws IOException {
        Path memory = directory(id).resolve("memory");
        Files.write(memory, new byte[0]);
        try (RandomAccessFile file = new RandomAccessFile(memory.toFile(), "rw")) {
            file.setLength(MEMORY);
        }
        Path disk = home.resolve("tmp").resolve("disk");
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            // What a guest may write there.
            file.writeBytes("QFI\u00fb\0\0\0\3");
            file.seek(40L << 20);
            file.writeBytes("far away");
            file.setLength(DISK);
        }
        Blob blob = vm.store().addBlob(disk, BlobKind.DISK);
        return publish(
                id,
                SnapshotType.FULL,
                List.of(blob),
                Optional.of(new MemoryRecord.Complete(SavedFile.of(memory), MEMORY, 0)));
    }

    private Path directory(SnapshotId id) throws IOException {
        Path directory = snapshot(id);
        DurableFiles.createDirectory(directory);
        return directory;
    }

    private List<Blob> layers(String content) throws IOException {
        return List.of(root, layer(content));
    }

    private SnapshotManifest publish(SnapshotId id, SnapshotType type, List<Blob> layers, Optional<MemoryRecord> memory)
            throws IOException {
        return publish(id, type, new SavedDisk("root", DISK, layers, DiskOrigin.OWN), memory);
    }

    /** In a directory that holds the memory already. */
    SnapshotManifest publish(SnapshotId id, SnapshotType type, SavedDisk disk, Optional<MemoryRecord> memory)
            throws IOException {
        Optional<SavedFile> state = Optional.empty();
        if (type != SnapshotType.DISK) {
            Path file = snapshot(id).resolve("device.state");
            Files.writeString(file, "devices of " + id);
            state = Optional.of(SavedFile.of(file));
        }
        SnapshotManifest manifest = new SnapshotManifest(
                id,
                type,
                Instant.parse("2026-01-02T03:04:05.678Z"),
                sandbox,
                List.of(disk),
                state,
                memory,
                Optional.empty(),
                17,
                List.of("a note"));
        Files.writeString(snapshot(id).resolve("manifest.json"), ManifestFile.write(manifest));
        return manifest;
    }

    Blob blob(BlobKind kind, String content) throws IOException {
        Path file = home.resolve("tmp").resolve("blob");
        DurableFiles.write(file, content);
        return vm.store().addBlob(file, kind);
    }

    /** A sound header; what lies behind it only QEMU would look at. */
    Blob layer(String content) throws IOException {
        Path file = home.resolve("tmp").resolve("layer");
        Qcow2Overlay.create(file, DISK, Qcow2Overlay.Sync.NO);
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.seek(300_000);
            out.write(content.getBytes(StandardCharsets.UTF_8));
        }
        return vm.store().addBlob(file, BlobKind.LAYER);
    }

    Path export(SnapshotId id, Path file) {
        archives().export(new ExportRequest(id, file, true, true), Progress.NONE);
        return file;
    }

    Path exportWithoutBase(SnapshotId id, Path file) {
        archives().export(new ExportRequest(id, file, false, true), Progress.NONE);
        return file;
    }

    ImportedSnapshot importFile(Path file) {
        return importFile(file, null);
    }

    ImportedSnapshot importFile(Path file, String as) {
        return archives()
                .importFile(
                        new ImportRequest(file, Optional.ofNullable(as).map(SnapshotId::new), Optional.empty()),
                        Progress.NONE);
    }

    /** Every file of the store that matters, with its size and what it takes on disk: nothing may change where it fails. */
    Map<String, String> files() throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(home)) {
            for (Path file : (Iterable<Path>) all::iterator) {
                if (Files.isRegularFile(file) && !file.endsWith("locks")) {
                    files.put(home.relativize(file).toString(), Files.size(file) + " " + SparseFile.allocated(file));
                }
            }
        }
        return files;
    }
}
