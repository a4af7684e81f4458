package dev.smolvm.upkeep;

import dev.smolvm.image.ImageManifest;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.snapshot.SavedDisk;
import dev.smolvm.snapshot.SavedFile;
import dev.smolvm.snapshot.SnapshotManifest;
import dev.smolvm.snapshot.Snapshots;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SnapshotId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** The templates of images. Nothing is lost with one, so whatever is wrong with it is repaired by removing it. */
final class TemplatesCheck {
    private static final String MANIFEST = "manifest.json";
    private static final String CONSEQUENCE = "the next sandbox of its image boots, and makes another one";

    private final SandboxContext context;
    private final Findings findings;
    private final Access access;
    private final Inventory inventory;

    TemplatesCheck(SandboxContext context, Findings findings, Access access, Inventory inventory) {
        this.context = context;
        this.findings = findings;
        this.access = access;
        this.inventory = inventory;
    }

    /** @param directory of the templates of an image */
    void all(ImageName image, Path directory) throws IOException {
        if (Files.isSymbolicLink(directory)) {
            findings.planted(directory, "a symbolic link");
            return;
        }
        if (!Entries.isDirectory(directory)) {
            findings.unknown(directory);
            return;
        }
        access.directory(directory);
        for (Path entry : Entries.of(directory)) {
            if (ObjectsCheck.isObject(entry, SnapshotId::new, findings)) {
                one(new TemplateName(image, new SnapshotId(entry.getFileName().toString())), entry);
            }
        }
    }

    private void one(TemplateName name, Path directory) throws IOException {
        access.directory(directory);
        Path manifestFile = directory.resolve(MANIFEST);
        if (Entries.isFile(manifestFile)) {
            access.file(manifestFile);
        }
        String unreadable = inventory.unreadable.get(name.object());
        if (unreadable != null) {
            findings.repairable(
                    Files.exists(manifestFile) ? Finding.Kind.DAMAGED : Finding.Kind.MISSING,
                    manifestFile,
                    unreadable,
                    CONSEQUENCE + "; no unused layer is removed",
                    () -> remove(name));
            return;
        }
        SnapshotManifest manifest = inventory.templates.get(name);
        if (manifest != null) {
            files(directory, manifest);
            leftOver(name, directory, manifest);
        }
    }

    private void files(Path directory, SnapshotManifest manifest) throws IOException {
        Set<String> saved = new HashSet<>();
        manifest.deviceState().map(SavedFile::name).ifPresent(saved::add);
        manifest.memory().map(m -> m.file().name()).ifPresent(saved::add);
        for (Path file : Entries.of(directory)) {
            String name = file.getFileName().toString();
            if (!saved.contains(name)
                    && !name.equals(MANIFEST)
                    && !file.equals(context.store().layout().workingSet(directory))) {
                findings.unknown(file);
            } else if (saved.contains(name) && Entries.isFile(file)) {
                access.saved(file);
            }
        }
    }

    /** Of an image that was replaced. */
    private void leftOver(TemplateName name, Path directory, SnapshotManifest manifest) {
        ImageManifest image = inventory.images.get(name.image());
        SavedDisk root = manifest.disks().getFirst();
        if (image != null && root.whole().isEmpty() && !root.layers().getFirst().equals(image.root())) {
            findings.repairable(
                    Finding.Kind.LEFTOVER,
                    directory,
                    "a template of the image that had this name before",
                    "nothing uses it; it only takes room",
                    () -> remove(name));
        }
    }

    /** One of its files, which nothing else uses. */
    void damaged(TemplateName name, Path file, String problem) {
        findings.repairable(
                problem.equals("is missing") ? Finding.Kind.MISSING : Finding.Kind.DAMAGED,
                file,
                problem,
                "damaged by it: " + name.object() + "; " + CONSEQUENCE,
                Findings.REPAIR_ALL,
                () -> remove(name));
    }

    private void remove(TemplateName name) {
        Snapshots templates = Snapshots.templates(context, name.image());
        if (templates.exists(name.id())) {
            templates.delete(name.id());
        }
    }
}
