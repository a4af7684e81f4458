package dev.smolvm.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonParser;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.os.ProcessesIn;
import dev.smolvm.sandbox.DiskRecord;
import dev.smolvm.sandbox.SandboxRecord;
import dev.smolvm.snapshot.SavedDisk;
import dev.smolvm.snapshot.SavedFile;
import dev.smolvm.snapshot.SnapshotManifest;
import dev.smolvm.snapshot.SnapshotRecords;
import dev.smolvm.store.Blob;
import dev.smolvm.store.Checksum;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.Store;
import dev.smolvm.store.StoreLayout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What a store may hold while no command runs: nothing that no manifest names, and nothing less. */
public final class StoreCheck {
    private final StoreLayout layout;
    private final List<String> wrong = new ArrayList<>();
    private final Set<String> named = new HashSet<>();
    private final Set<Long> vmms = new HashSet<>();

    private StoreCheck(StoreLayout layout) {
        this.layout = layout;
    }

    public static void assertClean(StoreLayout layout, String when) {
        assertThat(violations(layout)).as(when).isEmpty();
    }

    /** Files of snapshots and layers that are not what their manifests say, by name. */
    public static List<String> damaged(Store store) {
        StoreLayout layout = store.layout();
        SnapshotRecords records = new SnapshotRecords(store);
        List<String> damaged = new ArrayList<>();
        try {
            for (SnapshotId id : records.ids()) {
                SnapshotManifest manifest = records.load(id);
                List<SavedFile> files = new ArrayList<>();
                manifest.deviceState().ifPresent(files::add);
                manifest.memory().ifPresent(m -> files.add(m.file()));
                for (SavedFile file : files) {
                    if (!file.matches(layout.snapshot(id).resolve(file.name()))) {
                        damaged.add(id + "/" + file.name());
                    }
                }
                for (SavedDisk disk : manifest.disks()) {
                    for (Blob layer : disk.layers()) {
                        if (!Checksum.of(layout.blob(layer)).equals(layer.checksum())) {
                            damaged.add(id + ": " + layer.fileName());
                        }
                    }
                }
            }
            return damaged;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> violations(StoreLayout layout) {
        try {
            StoreCheck check = new StoreCheck(layout);
            check.look();
            return check.wrong;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void look() throws IOException {
        for (Path leftover : entries(layout.tmp())) {
            wrong.add("left in tmp: " + leftover);
        }
        for (Path image : entries(layout.images())) {
            names(image.resolve("manifest.json"));
            if (Files.exists(image.resolve(StoreLayout.TEMPLATES))) {
                for (Path template : entries(image.resolve(StoreLayout.TEMPLATES))) {
                    names(template.resolve("manifest.json"));
                }
            }
        }
        for (Path sandbox : entries(layout.sandboxes())) {
            sandbox(sandbox);
        }
        for (Path snapshot : entries(layout.snapshots())) {
            names(snapshot.resolve("manifest.json"));
        }
        for (Path layer : entries(layout.layers())) {
            String file = layer.getFileName().toString();
            if (!named.contains(file.substring(0, file.indexOf('.')))) {
                wrong.add("unreferenced: " + layer);
            }
        }
        for (ProcessIdentity process : ProcessesIn.directory(layout.root())) {
            if (!vmms.contains(process.pid())) {
                wrong.add("a process without a sandbox: " + process);
            }
        }
    }

    private void sandbox(Path directory) throws IOException {
        Path file = directory.resolve("sandbox.json");
        if (!Files.exists(file)) {
            wrong.add("no record in " + directory);
            return;
        }
        names(file);
        if (Files.exists(directory.resolve("unfinished.json"))) {
            wrong.add("unfinished: " + directory);
        }
        SandboxRecord record = SandboxRecord.fromJson(JsonParser.read(file));
        record.process().ifPresent(p -> vmms.add(p.pid()));
        Set<String> expected = new HashSet<>(Set.of("run-" + record.generation()));
        for (DiskRecord.Chain chain : record.chains()) {
            chain.open().forEach(id -> expected.add(id.value() + ".qcow2"));
            if (!Files.exists(layout.overlay(record.name(), chain.overlay()))) {
                wrong.add("missing: " + layout.overlay(record.name(), chain.overlay()));
            }
            chain.sealed().stream().map(layout::blob).filter(Files::notExists).forEach(b -> wrong.add("missing: " + b));
        }
        for (Path entry : entries(layout.vm(record.name()))) {
            if (!expected.contains(entry.getFileName().toString())) {
                wrong.add("not in the record: " + entry);
            }
        }
    }

    private void names(Path manifest) throws IOException {
        if (Files.exists(manifest)) {
            collect(JsonParser.read(manifest));
        } else {
            wrong.add("no " + manifest);
        }
    }

    private void collect(Json value) {
        switch (value) {
            case Json.Obj(var fields) -> {
                if (fields.containsKey("kind") && fields.get("id") instanceof Json.Str(var id)) {
                    named.add(id);
                }
                fields.values().forEach(this::collect);
            }
            case Json.Arr(var items) -> items.forEach(this::collect);
            case Json.Str _, Json.Int _, Json.Real _, Json.Bool _, Json.Null _ -> {}
        }
    }

    private static List<Path> entries(Path directory) throws IOException {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            stream.forEach(entries::add);
        }
        return entries;
    }
}
