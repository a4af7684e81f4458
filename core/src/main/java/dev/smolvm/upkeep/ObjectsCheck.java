package dev.smolvm.upkeep;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.Shell;
import dev.smolvm.snapshot.SavedFile;
import dev.smolvm.snapshot.SnapshotManifest;
import dev.smolvm.snapshot.SnapshotRecords;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.Store;
import dev.smolvm.store.StoreLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** The directories of images and snapshots: they are published whole and never change, so nobody has to be kept from them. */
final class ObjectsCheck {
    private static final String MANIFEST = "manifest.json";

    private final Store store;
    private final StoreLayout layout;
    private final Findings findings;
    private final Access access;
    private final Inventory inventory;
    private final Remedy remedy;

    ObjectsCheck(Store store, Findings findings, Access access, Inventory inventory) {
        this.store = store;
        this.layout = store.layout();
        this.findings = findings;
        this.access = access;
        this.inventory = inventory;
        this.remedy = new Remedy(store, inventory, inventory.lostSnapshots());
    }

    /** With their templates. */
    void images(TemplatesCheck templates) throws IOException {
        access.directory(layout.images());
        for (Path entry : Entries.of(layout.images())) {
            if (isObject(entry, ImageName::new, findings)) {
                access.directory(entry);
                StoreObject image = new StoreObject(StoreObject.Kind.IMAGE, name(entry));
                manifest(entry, image, image + " cannot be used", Set.of(image));
                for (Path file : Entries.of(entry)) {
                    if (file.equals(layout.templates(new ImageName(name(entry))))) {
                        templates.all(new ImageName(name(entry)), file);
                    } else if (!name(file).equals(MANIFEST)) {
                        findings.unknown(file);
                    }
                }
            }
        }
    }

    void snapshots() throws IOException {
        access.directory(layout.snapshots());
        for (Path entry : Entries.of(layout.snapshots())) {
            if (isObject(entry, SnapshotId::new, findings)) {
                snapshot(entry, new SnapshotId(name(entry)));
            }
        }
    }

    private void snapshot(Path directory, SnapshotId id) throws IOException {
        access.directory(directory);
        StoreObject object = new StoreObject(StoreObject.Kind.SNAPSHOT, id.value());
        Set<StoreObject> users = inventory.memoryUsers(id);
        manifest(directory, object, Finding.damagedBy(users), users);
        mark(id);
        notes(id);
        Optional<SnapshotManifest> manifest = Optional.ofNullable(inventory.snapshots.get(id));
        if (manifest.isEmpty()) {
            // Which files belong to it, nobody can tell.
            return;
        }
        parent(id, manifest.get());
        Set<String> saved = new HashSet<>();
        manifest.get().deviceState().map(SavedFile::name).ifPresent(saved::add);
        manifest.get().memory().map(m -> m.file().name()).ifPresent(saved::add);
        for (Path file : Entries.of(directory)) {
            if (saved.contains(name(file))) {
                if (Entries.isFile(file)) {
                    access.saved(file);
                }
            } else if (!name(file).equals(MANIFEST)
                    && !file.equals(layout.snapshotRestored(id))
                    && !file.equals(layout.snapshotNotes(id))
                    && !file.equals(layout.workingSet(directory))) {
                findings.unknown(file);
            }
        }
    }

    private void parent(SnapshotId id, SnapshotManifest manifest) {
        if (inventory.hasItsParent(manifest)) {
            return;
        }
        SnapshotId parent = manifest.memoryParent().orElseThrow();
        if (inventory.unreadable.containsKey(new StoreObject(StoreObject.Kind.SNAPSHOT, parent.value()))) {
            // A finding of its own, which names this one too.
            return;
        }
        boolean missing = !Files.exists(layout.snapshot(parent), LinkOption.NOFOLLOW_LINKS);
        Set<StoreObject> users = inventory.memoryUsers(id);
        findings.add(
                missing ? Finding.Kind.MISSING : Finding.Kind.DAMAGED,
                layout.snapshotManifest(id),
                "its parent " + parent + (missing ? " is missing" : " has no memory that fits"),
                Finding.damagedBy(users),
                remedy.of(users));
    }

    /** Which sandbox the snapshot was restored to. */
    private void mark(SnapshotId id) throws IOException {
        Path file = layout.snapshotRestored(id);
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Entries.isFile(file)) {
            findings.planted(file, "not a plain file");
            return;
        }
        access.file(file);
        try {
            new SnapshotRecords(store).restoredTo(id);
        } catch (SmolVmException e) {
            findings.add(
                    Finding.Kind.DAMAGED,
                    file,
                    "cannot be read",
                    "nobody knows to where snapshot " + id + " was restored, and it is not restored again",
                    "rm " + Shell.quote(file.toString()));
        }
    }

    /** What its user has written to it. */
    private void notes(SnapshotId id) throws IOException {
        Path file = layout.snapshotNotes(id);
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Entries.isFile(file)) {
            findings.planted(file, "not a plain file");
            return;
        }
        access.file(file);
        try {
            new SnapshotRecords(store).notes(id).read();
        } catch (SmolVmException e) {
            findings.add(
                    Finding.Kind.DAMAGED,
                    file,
                    "cannot be read",
                    "the labels and the description of snapshot " + id + " are lost; it can be restored",
                    "rm " + Shell.quote(file.toString()));
        }
    }

    private void manifest(Path directory, StoreObject object, String consequence, Set<StoreObject> users)
            throws IOException {
        Path file = directory.resolve(MANIFEST);
        if (Entries.isFile(file)) {
            access.file(file);
        }
        if (inventory.unreadable.containsKey(object) && Entries.isDirectory(directory)) {
            findings.add(
                    Files.exists(file, LinkOption.NOFOLLOW_LINKS) ? Finding.Kind.DAMAGED : Finding.Kind.MISSING,
                    file,
                    inventory.unreadable.get(object),
                    consequence + "; no unused layer is removed",
                    remedy.of(users));
        }
    }

    /** Whether it is a directory that may be an object's; everything else is reported. */
    static boolean isObject(Path entry, Function<String, ?> name, Findings findings) {
        if (Files.isSymbolicLink(entry)) {
            findings.planted(entry, "a symbolic link");
            return false;
        }
        if (!Entries.isDirectory(entry) || Inventory.valid(entry, name).isEmpty()) {
            findings.unknown(entry);
            return false;
        }
        return true;
    }

    private static String name(Path path) {
        return path.getFileName().toString();
    }
}
