package dev.smolvm.store;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.json.JsonParser;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Removes files from {@code layers/} that no manifest names. References are found by their shape (an object with {@code kind}
 * and {@code id}) in every manifest, so that nothing here has to know the manifests' formats; a manifest that cannot be read
 * stops the collection, because it may name anything.
 */
public final class BlobCollector {
    private final Store store;

    public BlobCollector(Store store) {
        this.store = store;
    }

    /**
     * While another command adds or uses layers, or a manifest cannot be read, it only leaves a mark: the next command that can
     * collects.
     */
    public void collect() {
        Optional<StoreLocks.Held> lock = store.locks().tryStoreExclusive();
        if (lock.isEmpty()) {
            due();
            return;
        }
        try (StoreLocks.Held held = lock.get()) {
            takeMark();
            boolean done = false;
            try {
                done = collectAll();
            } finally {
                if (!done) {
                    due();
                }
            }
            Files.deleteIfExists(store.layout().collecting());
        } catch (IOException e) {
            throw SmolVmException.of("remove unused layers", e);
        }
    }

    /** Before any manifest is read: a mark that somebody leaves from now on may be about what was read already. */
    private void takeMark() throws IOException {
        if (Files.exists(store.layout().collectionDue())) {
            DurableFiles.replace(store.layout().collectionDue(), store.layout().collecting());
        }
    }

    private void due() {
        try {
            DurableFiles.createFile(store.layout().collectionDue());
        } catch (FileAlreadyExistsException e) {
            // It is due already.
        } catch (IOException e) {
            throw SmolVmException.of("mark unused layers", e);
        }
    }

    /** Whether it could. */
    private boolean collectAll() throws IOException {
        try {
            Set<String> named = named();
            try (DirectoryStream<Path> blobs =
                    Files.newDirectoryStream(store.layout().layers())) {
                for (Path blob : blobs) {
                    Optional<BlobId> id = Blob.idOf(blob);
                    if (id.isPresent() && !named.contains(id.get().value())) {
                        Files.deleteIfExists(blob);
                    }
                }
            }
            return true;
        } catch (JsonFormatException e) {
            // Whatever that manifest names stays.
            return false;
        }
    }

    private Set<String> named() throws IOException {
        StoreLayout layout = store.layout();
        Set<String> named = new HashSet<>();
        scan(layout.images(), "manifest.json", named);
        scanTemplates(layout.images(), named);
        scan(layout.sandboxes(), "sandbox.json", named);
        scan(layout.snapshots(), "manifest.json", named);
        return named;
    }

    private static void scan(Path objects, String manifest, Set<String> named) throws IOException {
        try (DirectoryStream<Path> each = Files.newDirectoryStream(objects)) {
            for (Path object : each) {
                if (Files.isDirectory(object, LinkOption.NOFOLLOW_LINKS)) {
                    collect(read(object.resolve(manifest)), named);
                }
            }
        }
    }

    private static void scanTemplates(Path images, Set<String> named) throws IOException {
        try (DirectoryStream<Path> each = Files.newDirectoryStream(images)) {
            for (Path image : each) {
                Path templates = image.resolve(StoreLayout.TEMPLATES);
                if (Files.isDirectory(templates, LinkOption.NOFOLLOW_LINKS)) {
                    scan(templates, "manifest.json", named);
                }
            }
        }
    }

    private static Json read(Path manifest) throws IOException {
        if (Files.notExists(manifest, LinkOption.NOFOLLOW_LINKS)) {
            return Json.NULL;
        }
        try {
            return JsonParser.read(manifest);
        } catch (NoSuchFileException e) {
            if (Files.isSymbolicLink(manifest)) {
                throw new JsonFormatException(manifest + " leads nowhere");
            }
            // The object was removed just now.
            return Json.NULL;
        } catch (IOException e) {
            throw new JsonFormatException(manifest + " cannot be read: " + e.getMessage());
        }
    }

    private static void collect(Json value, Set<String> named) {
        switch (value) {
            case Json.Obj(var fields) -> {
                if (fields.containsKey("kind") && fields.get("id") instanceof Json.Str(var id)) {
                    named.add(id);
                }
                fields.values().forEach(v -> collect(v, named));
            }
            case Json.Arr(var items) -> items.forEach(v -> collect(v, named));
            case Json.Str _, Json.Int _, Json.Real _, Json.Bool _, Json.Null _ -> {}
        }
    }
}
