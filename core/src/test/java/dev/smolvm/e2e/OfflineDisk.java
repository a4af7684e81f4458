package dev.smolvm.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonParser;
import dev.smolvm.os.Command;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.StoreLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A root disk out of the store, as a raw image, for e2fsck to judge. */
record OfflineDisk(Path raw) {
    static OfflineDisk ofSnapshot(StoreLayout layout, SnapshotId id, Path raw) throws IOException {
        JsonFields disk = root(new SavedManifest(layout.snapshotManifest(id)).body());
        return convert(layers(disk, "layers", layout.layers()), raw);
    }

    /** The sandbox is stopped. */
    static OfflineDisk ofSandbox(StoreLayout layout, SandboxName name, Path raw) throws IOException {
        JsonFields disk = root(JsonFields.of(JsonParser.read(layout.sandboxFile(name)), "sandbox"));
        List<Path> files = new ArrayList<>(layers(disk, "sealed", layout.layers()));
        files.addAll(layers(disk, "open", layout.vm(name)));
        return convert(files, raw);
    }

    private static JsonFields root(JsonFields holder) {
        JsonFields disk = holder.list("disks", d -> d).getFirst();
        assertThat(disk.string("id")).isEqualTo("root");
        return disk;
    }

    private static List<Path> layers(JsonFields disk, String key, Path directory) {
        return disk.list(key, l -> directory.resolve(l.string("id") + ".qcow2"));
    }

    /** The layers' headers name no other file, so the whole chain is spelt out. */
    private static OfflineDisk convert(List<Path> lowestFirst, Path raw) {
        Json chain = Json.NULL;
        for (Path layer : lowestFirst) {
            chain = Json.object()
                    .put("driver", "qcow2")
                    .put(
                            "file",
                            Json.object()
                                    .put("driver", "file")
                                    .put("filename", layer.toString())
                                    .build())
                    .put("backing", chain)
                    .build();
        }
        Command.of("qemu-img", "convert", "-O", "raw", "json:" + chain.compact(), raw.toString())
                .check();
        return new OfflineDisk(raw);
    }

    /** Without changing anything: exit code 0 means that nothing is wrong and no journal waits. */
    Command.Result check() {
        return Command.of("e2fsck", "-f", "-n", raw.toString()).run();
    }

    /** A copy on which only the journal was replayed, as a mount does. */
    OfflineDisk replayed(Path copy) {
        Command.of("cp", "--sparse=always", raw.toString(), copy.toString()).check();
        Command.of("e2fsck", "-E", "journal_only", "-p", copy.toString()).run();
        return new OfflineDisk(copy);
    }
}
