package dev.smolvm.upkeep;

import dev.smolvm.Progress;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.snapshot.FileCheck;
import dev.smolvm.store.Blob;
import dev.smolvm.store.Store;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.store.StoreLocks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Looks at everything in a store. What other commands work on is left alone. */
final class StoreCheck {
    private final SandboxContext context;
    private final Store store;
    private final StoreLayout layout;
    private final Findings findings;
    private final Access access;

    private StoreCheck(SandboxContext context, boolean repair) throws IOException {
        this.context = context;
        this.store = context.store();
        this.layout = store.layout();
        this.findings = new Findings(repair);
        this.access = new Access(findings, layout.root());
    }

    static CheckReport run(SandboxContext context, CheckRequest request, Progress progress) throws IOException {
        return new StoreCheck(context, request.repair()).run(request.data(), progress);
    }

    private CheckReport run(boolean data, Progress progress) throws IOException {
        progress.step("look at the store");
        root();
        new SandboxCheck(context, findings, access).all();
        Inventory inventory = Inventory.of(store);
        ObjectsCheck objects = new ObjectsCheck(store, findings, access, inventory);
        TemplatesCheck templates = new TemplatesCheck(context, findings, access, inventory);
        objects.images(templates);
        objects.snapshots();
        Set<FileCheck.Expected> files = new ContentCheck(store, findings, templates).check(inventory, data, progress);
        layers();
        unfinished();
        return new CheckReport(
                findings.all(),
                files.size(),
                files.stream().mapToLong(FileCheck.Expected::size).sum());
    }

    private void root() throws IOException {
        Set<Path> directories = Set.of(
                layout.images(), layout.layers(), layout.sandboxes(), layout.snapshots(), layout.tmp(), layout.tools());
        Set<Path> files = Set.of(layout.format(), layout.locks());
        access.directory(layout.root());
        for (Path entry : Entries.of(layout.root())) {
            if (files.contains(entry)) {
                access.file(entry);
            } else if (!directories.contains(entry)) {
                findings.unknown(entry);
            } else if (Files.isSymbolicLink(entry)) {
                findings.planted(entry, "a symbolic link");
            }
        }
        access.directory(layout.tmp());
        if (Entries.isDirectory(layout.tools())) {
            access.directory(layout.tools());
        }
    }

    private void layers() throws IOException {
        access.directory(layout.layers());
        List<Path> ours = new ArrayList<>();
        for (Path entry : Entries.of(layout.layers())) {
            if (Files.isSymbolicLink(entry)) {
                findings.planted(entry, "a symbolic link");
            } else if (Blob.idOf(entry).isPresent()) {
                access.sealed(entry);
                ours.add(entry);
            } else if (Files.exists(entry)) {
                findings.unknown(entry);
            }
        }
        unused(ours);
    }

    /** Under the lock that says that nobody adds or uses layers which no manifest names yet. */
    private void unused(List<Path> files) throws IOException {
        List<Path> unused = new ArrayList<>();
        Optional<StoreLocks.Held> lock = store.locks().tryStoreExclusive();
        if (lock.isEmpty()) {
            findings.busy(layout.layers(), "another command adds or uses layers");
            return;
        }
        try (StoreLocks.Held held = lock.get()) {
            Inventory inventory = Inventory.of(store);
            if (!inventory.unreadable.isEmpty()) {
                // What they name, nobody knows.
                return;
            }
            Set<String> named = new HashSet<>();
            inventory.blobs().keySet().forEach(b -> named.add(b.id().value()));
            inventory.sandboxes.values().forEach(r -> r.chains()
                    .forEach(c -> c.open().forEach(id -> named.add(id.value()))));
            files.stream()
                    .filter(f -> Blob.idOf(f)
                            .filter(id -> !named.contains(id.value()))
                            .isPresent())
                    .forEach(unused::add);
        }
        if (findings.repairs() && !unused.isEmpty()) {
            context.collector().collect();
        }
        for (Path file : unused) {
            findings.repairable(
                    Finding.Kind.LEFTOVER, file, "no manifest names it", "nothing uses it; it only takes room", () -> {
                        if (Files.exists(file)) {
                            throw new IOException("another command was at work");
                        }
                    });
        }
    }

    /** What dead commands left in {@code tmp/}; opening the store removes it, so this is what could not be removed. */
    private void unfinished() throws IOException {
        for (Path entry : store.leftovers()) {
            findings.repairable(
                    Finding.Kind.LEFTOVER,
                    entry,
                    "left by a command that died",
                    "nothing uses it; it only takes room",
                    store::sweep);
        }
    }
}
