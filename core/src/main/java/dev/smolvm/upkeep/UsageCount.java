package dev.smolvm.upkeep;

import dev.smolvm.os.DiskSpace;
import dev.smolvm.sandbox.DiskRecord;
import dev.smolvm.sandbox.SandboxRecord;
import dev.smolvm.snapshot.MemoryRecord;
import dev.smolvm.snapshot.SnapshotManifest;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.Store;
import dev.smolvm.store.StoreLayout;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Walks the store and gives every file's blocks to whoever uses it. A file with several names is one file. */
final class UsageCount {
    private final StoreLayout layout;
    private final Inventory inventory;
    private final Map<Path, Set<StoreObject>> layers = new HashMap<>();
    private final Map<Path, Set<StoreObject>> memories = new HashMap<>();
    private final Map<File, Entry> files = new HashMap<>();

    private UsageCount(StoreLayout layout, Inventory inventory) {
        this.layout = layout;
        this.inventory = inventory;
    }

    private record File(long device, long inode) {}

    /** In the order in which a file that is in several of them is counted. */
    private enum Part {
        OBJECT,
        UNUSED,
        UNFINISHED,
        OTHER
    }

    private static final class Entry {
        private final long bytes;
        private final Set<StoreObject> users = new TreeSet<>();
        private Part part = Part.OTHER;

        Entry(long bytes) {
            this.bytes = bytes;
        }
    }

    static StoreUsage of(Store store) throws IOException {
        UsageCount count = new UsageCount(store.layout(), Inventory.of(store));
        count.users();
        count.walk();
        return count.result();
    }

    private void users() {
        inventory.blobs().forEach((blob, users) -> layers.put(layout.blob(blob), users));
        for (SandboxRecord record : inventory.sandboxes.values()) {
            // One that was moved there and is not yet written down as sealed.
            for (DiskRecord.Chain chain : record.chains()) {
                chain.open().forEach(id -> layers.computeIfAbsent(
                                layout.layers().resolve(id.value() + BlobKind.LAYER.extension()), _ -> new TreeSet<>())
                        .add(new StoreObject(
                                StoreObject.Kind.SANDBOX, record.name().value())));
            }
        }
        for (SnapshotManifest manifest : inventory.snapshots.values()) {
            manifest.memory()
                    .map(MemoryRecord::file)
                    .ifPresent(f -> memories.put(
                            layout.snapshot(manifest.id()).resolve(f.name()), inventory.memoryUsers(manifest.id())));
        }
    }

    private void walk() throws IOException {
        Files.walkFileTree(layout.root(), new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                return visitFile(directory, attributes);
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                try {
                    count(file);
                } catch (IOException e) {
                    if (Files.exists(file)) {
                        throw e;
                    }
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                if (Files.exists(file)) {
                    throw failure;
                }
                // Removed just now.
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException failure) {
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private void count(Path path) throws IOException {
        DiskSpace space = DiskSpace.of(path);
        Entry entry = files.computeIfAbsent(new File(space.device(), space.inode()), _ -> new Entry(space.bytes()));
        Part part = part(path, entry.users);
        if (part.compareTo(entry.part) < 0) {
            entry.part = part;
        }
    }

    private Part part(Path path, Set<StoreObject> users) {
        Path relative = layout.root().relativize(path);
        if (relative.getNameCount() < 2) {
            return Part.OTHER;
        }
        if (path.startsWith(layout.layers())) {
            users.addAll(layers.getOrDefault(path, Set.of()));
            if (layers.containsKey(path)) {
                return Part.OBJECT;
            }
            return dev.smolvm.store.Blob.idOf(path).isPresent() ? Part.UNUSED : Part.OTHER;
        }
        if (path.startsWith(layout.tmp())) {
            return Part.UNFINISHED;
        }
        for (StoreObject object : possibleOwners(relative)) {
            Path directory = inventory.directory(object);
            if (path.startsWith(directory) && Files.isDirectory(directory, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
                users.add(object);
                users.addAll(memories.getOrDefault(path, Set.of()));
                return Part.OBJECT;
            }
        }
        return Part.OTHER;
    }

    /** The most special first. */
    private static List<StoreObject> possibleOwners(Path relative) {
        String name = relative.getName(1).toString();
        List<StoreObject> owners = new ArrayList<>();
        if (relative.getNameCount() > 3
                && relative.startsWith(Path.of("images"))
                && relative.getName(2).toString().equals(StoreLayout.TEMPLATES)
                && Inventory.valid(relative.getName(1), ImageName::new).isPresent()) {
            Inventory.valid(relative.getName(3), SnapshotId::new)
                    .ifPresent(id -> owners.add(new TemplateName(new ImageName(name), id).object()));
        }
        for (StoreObject.Kind kind :
                List.of(StoreObject.Kind.IMAGE, StoreObject.Kind.SANDBOX, StoreObject.Kind.SNAPSHOT)) {
            owners.add(new StoreObject(kind, name));
        }
        return owners;
    }

    private StoreUsage result() {
        Map<StoreObject, long[]> objects = new TreeMap<>();
        long[] parts = new long[Part.values().length];
        long[] kinds = new long[StoreObject.Kind.values().length];
        for (Entry entry : files.values()) {
            if (entry.part == Part.OBJECT) {
                kinds[countedFor(entry.users).ordinal()] += entry.bytes;
            } else {
                parts[entry.part.ordinal()] += entry.bytes;
            }
            for (StoreObject user : entry.users) {
                objects.computeIfAbsent(user, _ -> new long[2])[entry.users.size() == 1 ? 0 : 1] += entry.bytes;
            }
        }
        List<StoreUsage.Item> items = new ArrayList<>();
        objects.forEach((object, bytes) -> items.add(new StoreUsage.Item(object, bytes[0], bytes[1])));
        return new StoreUsage(
                items,
                kinds[StoreObject.Kind.IMAGE.ordinal()],
                kinds[StoreObject.Kind.TEMPLATE.ordinal()],
                kinds[StoreObject.Kind.SNAPSHOT.ordinal()],
                kinds[StoreObject.Kind.SANDBOX.ordinal()],
                parts[Part.UNUSED.ordinal()],
                parts[Part.UNFINISHED.ordinal()],
                parts[Part.OTHER.ordinal()],
                List.copyOf(inventory.unreadable.keySet()));
    }

    private static StoreObject.Kind countedFor(Set<StoreObject> users) {
        for (StoreObject.Kind kind :
                List.of(StoreObject.Kind.IMAGE, StoreObject.Kind.TEMPLATE, StoreObject.Kind.SNAPSHOT)) {
            if (users.stream().anyMatch(u -> u.kind() == kind)) {
                return kind;
            }
        }
        return StoreObject.Kind.SANDBOX;
    }
}
