package dev.smolvm.upkeep;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.image.ImageManifest;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.json.JsonParser;
import dev.smolvm.sandbox.DiskRecord;
import dev.smolvm.sandbox.SandboxRecord;
import dev.smolvm.sandbox.SandboxRecords;
import dev.smolvm.snapshot.ManifestFile;
import dev.smolvm.snapshot.MemoryRecord;
import dev.smolvm.snapshot.SavedDisk;
import dev.smolvm.snapshot.SnapshotManifest;
import dev.smolvm.store.Blob;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.Store;
import dev.smolvm.store.StoreLayout;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** What all manifests of a store say at one moment. What cannot be read is kept apart, with the reason. */
final class Inventory {
    private final StoreLayout layout;
    final Map<ImageName, ImageManifest> images = new TreeMap<>();
    final Map<TemplateName, SnapshotManifest> templates = new TreeMap<>();
    final Map<SandboxName, SandboxRecord> sandboxes = new TreeMap<>();
    final Map<SnapshotId, SnapshotManifest> snapshots = new TreeMap<>();
    final Map<StoreObject, String> unreadable = new TreeMap<>();

    private Inventory(StoreLayout layout) {
        this.layout = layout;
    }

    static Inventory of(Store store) throws IOException {
        Inventory inventory = new Inventory(store.layout());
        inventory.read(new SandboxRecords(store));
        return inventory;
    }

    private void read(SandboxRecords records) throws IOException {
        for (ImageName name : names(layout.images(), ImageName::new)) {
            take(new StoreObject(StoreObject.Kind.IMAGE, name.value()), () -> images.put(name, image(name)));
            readTemplates(name);
        }
        for (SandboxName name : names(layout.sandboxes(), SandboxName::new)) {
            take(new StoreObject(StoreObject.Kind.SANDBOX, name.value()), () -> records.find(name)
                    .ifPresent(r -> sandboxes.put(name, r)));
        }
        for (SnapshotId id : names(layout.snapshots(), SnapshotId::new)) {
            take(
                    new StoreObject(StoreObject.Kind.SNAPSHOT, id.value()),
                    () -> snapshots.put(id, ManifestFile.read(id, layout.snapshotManifest(id))));
        }
    }

    private void readTemplates(ImageName image) throws IOException {
        if (!Files.isDirectory(layout.templates(image), LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        for (SnapshotId id : names(layout.templates(image), SnapshotId::new)) {
            TemplateName name = new TemplateName(image, id);
            take(
                    name.object(),
                    () -> templates.put(
                            name, ManifestFile.read(id, name.directory(layout).resolve("manifest.json"))));
        }
    }

    private ImageManifest image(ImageName name) throws IOException {
        ImageManifest manifest = ImageManifest.fromJson(JsonParser.read(layout.imageManifest(name)));
        if (!manifest.name().equals(name)) {
            throw new JsonFormatException("it belongs to image " + manifest.name());
        }
        return manifest;
    }

    /** Reads one manifest. */
    @FunctionalInterface
    private interface Reading {
        void read() throws IOException;
    }

    private void take(StoreObject object, Reading reading) {
        try {
            reading.read();
        } catch (NoSuchFileException e) {
            if (Files.exists(directory(object), LinkOption.NOFOLLOW_LINKS)) {
                unreadable.put(object, "its manifest is missing");
            }
        } catch (IOException e) {
            unreadable.put(object, "its manifest cannot be read: " + e.getMessage());
        } catch (JsonFormatException | SmolVmException e) {
            unreadable.put(object, ManifestFile.problem(e));
        }
    }

    /** Of the directories with names that such an object may have. */
    private static <T> List<T> names(Path directory, Function<String, T> name) throws IOException {
        List<T> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                    valid(entry, name).ifPresent(names::add);
                }
            }
        }
        return names;
    }

    static <T> Optional<T> valid(Path entry, Function<String, T> name) {
        try {
            return Optional.of(name.apply(entry.getFileName().toString()));
        } catch (SmolVmException e) {
            return Optional.empty();
        }
    }

    Path directory(StoreObject object) {
        return switch (object.kind()) {
            case IMAGE -> layout.images().resolve(object.name());
            case TEMPLATE -> TemplateName.of(object).directory(layout);
            case SANDBOX -> layout.sandboxes().resolve(object.name());
            case SNAPSHOT -> layout.snapshots().resolve(object.name());
        };
    }

    /** The files in {@code layers/} that objects name, with those objects. */
    Map<Blob, Set<StoreObject>> blobs() {
        Map<Blob, Set<StoreObject>> users = new java.util.LinkedHashMap<>();
        images.forEach((name, image) ->
                image.blobs().forEach(b -> add(users, b, new StoreObject(StoreObject.Kind.IMAGE, name.value()))));
        sandboxes.forEach((name, record) -> {
            List<Blob> blobs = new ArrayList<>(record.definition().machine().bootBlobs());
            record.chains().forEach(c -> blobs.addAll(c.sealed()));
            blobs.forEach(b -> add(users, b, new StoreObject(StoreObject.Kind.SANDBOX, name.value())));
        });
        saved().forEach((object, manifest) -> {
            manifest.sandbox().machine().bootBlobs().forEach(b -> add(users, b, object));
            manifest.disks().forEach(d -> d.layers().forEach(b -> add(users, b, object)));
        });
        return users;
    }

    /** What snapshots and templates have in common. */
    Map<StoreObject, SnapshotManifest> saved() {
        Map<StoreObject, SnapshotManifest> saved = new TreeMap<>();
        templates.forEach((name, manifest) -> saved.put(name.object(), manifest));
        snapshots.forEach(
                (id, manifest) -> saved.put(new StoreObject(StoreObject.Kind.SNAPSHOT, id.value()), manifest));
        return saved;
    }

    private static void add(Map<Blob, Set<StoreObject>> users, Blob blob, StoreObject user) {
        users.computeIfAbsent(blob, _ -> new TreeSet<>()).add(user);
    }

    /** The snapshots that need a snapshot's memory: itself, and diffs above it. */
    Set<StoreObject> memoryUsers(SnapshotId id) {
        Set<StoreObject> users = new TreeSet<>();
        Set<SnapshotId> seen = new TreeSet<>();
        addMemoryUsers(id, seen);
        seen.forEach(s -> users.add(new StoreObject(StoreObject.Kind.SNAPSHOT, s.value())));
        return users;
    }

    private void addMemoryUsers(SnapshotId id, Set<SnapshotId> seen) {
        if (seen.add(id)) {
            snapshots.forEach((child, manifest) -> {
                if (manifest.memoryParent().equals(Optional.of(id))) {
                    addMemoryUsers(child, seen);
                }
            });
        }
    }

    /** The snapshots that cannot be restored, as far as the manifests tell: their own or one below them is no use. */
    Set<SnapshotId> lostSnapshots() {
        Set<SnapshotId> lost = new TreeSet<>();
        unreadableSnapshots().forEach(id -> addMemoryUsers(id, lost));
        snapshots.forEach((id, manifest) -> {
            if (!hasItsParent(manifest)) {
                addMemoryUsers(id, lost);
            }
        });
        return lost;
    }

    List<SnapshotId> unreadableSnapshots() {
        return unreadable.keySet().stream()
                .filter(o -> o.kind() == StoreObject.Kind.SNAPSHOT)
                .map(o -> new SnapshotId(o.name()))
                .toList();
    }

    /** Whether the snapshot that it is a diff of, if any, has memory that it can be a diff of. */
    boolean hasItsParent(SnapshotManifest manifest) {
        return manifest.memoryParent().isEmpty()
                || Optional.ofNullable(snapshots.get(manifest.memoryParent().get()))
                        .flatMap(SnapshotManifest::memory)
                        .map(MemoryRecord::bytes)
                        .filter(b -> b == manifest.memory().orElseThrow().bytes())
                        .isPresent();
    }

    /** All layer chains, and what each belongs to. */
    List<Chain> chains() {
        List<Chain> chains = new ArrayList<>();
        images.forEach((name, image) -> chains.add(
                new Chain(new StoreObject(StoreObject.Kind.IMAGE, name.value()), "root", List.of(image.root()))));
        sandboxes.forEach((name, record) -> {
            for (DiskRecord.Chain chain : record.chains()) {
                chains.add(
                        new Chain(new StoreObject(StoreObject.Kind.SANDBOX, name.value()), chain.id(), chain.sealed()));
            }
        });
        saved().forEach((object, manifest) -> {
            for (SavedDisk disk : manifest.disks()) {
                chains.add(new Chain(object, disk.id(), disk.layers()));
            }
        });
        return chains;
    }

    /** One disk's sealed layers, the lowest first. */
    record Chain(StoreObject owner, String disk, List<Blob> layers) {}
}
