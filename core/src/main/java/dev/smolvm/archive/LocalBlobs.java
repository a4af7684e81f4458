package dev.smolvm.archive;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.json.JsonParser;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.Checksum;
import dev.smolvm.store.Store;
import dev.smolvm.store.StoreLayout;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The immutable files that a store's manifests name, by their content. Whoever uses one holds the store's lock (shared) until
 * its own manifest names it.
 */
final class LocalBlobs {
    private final StoreLayout layout;
    private final Map<Content, List<Blob>> blobs = new HashMap<>();

    private LocalBlobs(StoreLayout layout) {
        this.layout = layout;
    }

    /** Ids differ from store to store. */
    private record Content(BlobKind kind, long size, Checksum checksum) {
        static Content of(Blob blob) {
            return new Content(blob.kind(), blob.size(), blob.checksum());
        }
    }

    static LocalBlobs of(Store store) throws IOException {
        StoreLayout layout = store.layout();
        LocalBlobs found = new LocalBlobs(layout);
        found.scan(layout.images(), "manifest.json");
        found.scan(layout.sandboxes(), "sandbox.json");
        found.scan(layout.snapshots(), "manifest.json");
        return found;
    }

    /** A manifest that cannot be read names nothing that is missed: its files are only stored twice. */
    private void scan(Path objects, String manifest) throws IOException {
        try (DirectoryStream<Path> each = Files.newDirectoryStream(objects)) {
            for (Path object : each) {
                Path file = object.resolve(manifest);
                if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                    try {
                        collect(JsonParser.read(file));
                    } catch (IOException | JsonFormatException e) {
                        // As above.
                    }
                }
            }
        }
    }

    private void collect(Json value) {
        switch (value) {
            case Json.Obj object -> {
                if (object.fields().containsKey("kind") && object.fields().containsKey("checksum")) {
                    add(object);
                }
                object.fields().values().forEach(this::collect);
            }
            case Json.Arr(var items) -> items.forEach(this::collect);
            case Json.Str _, Json.Int _, Json.Real _, Json.Bool _, Json.Null _ -> {}
        }
    }

    private void add(Json.Obj object) {
        try {
            Blob blob = Blob.fromJson(new JsonFields(object, ""));
            List<Blob> same = blobs.computeIfAbsent(Content.of(blob), _ -> new ArrayList<>());
            if (!same.contains(blob)) {
                same.add(blob);
            }
        } catch (JsonFormatException e) {
            // Not a blob.
        }
    }

    /** Whether a manifest names such a file, whatever has become of it. */
    boolean names(Blob wanted) {
        return blobs.containsKey(Content.of(wanted));
    }

    /**
     * A file with this content that is sound: what was damaged meanwhile is not used once more.
     *
     * @param taken not one of these: two layers of a chain may have the same content, empty ones above all, and a VMM opens no
     *     layer twice
     */
    Optional<Blob> find(Blob wanted, Collection<Blob> taken) throws IOException {
        for (Blob blob : blobs.getOrDefault(Content.of(wanted), List.of())) {
            Path file = layout.blob(blob);
            if (!taken.contains(blob)
                    && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                    && Files.size(file) == wanted.size()
                    && Checksum.of(file).equals(wanted.checksum())) {
                return Optional.of(blob);
            }
        }
        return Optional.empty();
    }
}
