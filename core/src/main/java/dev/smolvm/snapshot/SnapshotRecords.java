package dev.smolvm.snapshot;

import dev.smolvm.error.Advice;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.sandbox.RestoredMark;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.Store;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/** Reads the snapshots of a store, or the templates of an image: they are snapshots that nobody sees. */
public final class SnapshotRecords {
    /** As much as is ever read of one. */
    private static final int MAX_MANIFEST = 4 << 20;

    private final Store store;
    private final Path place;

    public SnapshotRecords(Store store) {
        this(store, store.layout().snapshots());
    }

    private SnapshotRecords(Store store, Path place) {
        this.store = store;
        this.place = place;
    }

    public static SnapshotRecords ofTemplates(Store store, ImageName image) {
        return new SnapshotRecords(store, store.layout().templates(image));
    }

    /** Whether a sandbox that was saved to one of these, or restored from it, has it as its parent. */
    boolean lineage() {
        return place.equals(store.layout().snapshots());
    }

    public Path directory(SnapshotId id) {
        return place.resolve(id.value());
    }

    public Path manifestFile(SnapshotId id) {
        return directory(id).resolve("manifest.json");
    }

    public boolean exists(SnapshotId id) {
        return Files.exists(directory(id));
    }

    /** @throws SmolVmException not found; integrity or incompatible, see {@link ManifestFile} */
    public SnapshotManifest load(SnapshotId id) {
        if (!exists(id)) {
            throw notFound(id);
        }
        Path file = manifestFile(id);
        try {
            return ManifestFile.read(id, file);
        } catch (IOException e) {
            if (!exists(id)) {
                // Another command deleted it just now.
                throw notFound(id);
            }
            throw new SmolVmException(
                    ErrorKind.INTEGRITY,
                    "snapshot " + id + " is damaged: its manifest " + file + ": " + ManifestFile.problem(e),
                    Advice.WHICH_SNAPSHOTS_ARE_INTACT,
                    e);
        }
    }

    public static SmolVmException notFound(SnapshotId id) {
        return new SmolVmException(
                ErrorKind.NOT_FOUND, "there is no snapshot " + id, "smolvm sandbox snapshot list shows all snapshots");
    }

    public List<SnapshotId> ids() {
        return names().stream().filter(this::isDirectory).toList();
    }

    boolean isDirectory(SnapshotId id) {
        return Files.isDirectory(directory(id));
    }

    /** With what is no directory, for those who see that themselves. */
    List<SnapshotId> names() {
        List<SnapshotId> ids = new ArrayList<>();
        // Not File.list: that takes a directory that cannot be read to its end for a shorter one.
        try (DirectoryStream<Path> directories = Files.newDirectoryStream(place)) {
            for (Path directory : directories) {
                id(directory.getFileName().toString()).ifPresent(ids::add);
            }
        } catch (NoSuchFileException e) {
            if (lineage()) {
                throw SmolVmException.of("list snapshots", e);
            }
            // An image without templates.
        } catch (DirectoryIteratorException e) {
            throw SmolVmException.of("list snapshots", e.getCause());
        } catch (IOException e) {
            throw SmolVmException.of("list snapshots", e);
        }
        return ids;
    }

    /** Empty for what somebody else put there. */
    private static Optional<SnapshotId> id(String name) {
        try {
            return Optional.of(new SnapshotId(name));
        } catch (SmolVmException e) {
            return Optional.empty();
        }
    }

    /** A manifest as it is written, without looking whether it is sound; empty where it cannot be read. */
    String text(SnapshotId id) {
        try (InputStream in = Files.newInputStream(manifestFile(id))) {
            return new String(in.readNBytes(MAX_MANIFEST), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }

    /**
     * The snapshots that one names somewhere: where its manifest cannot be read, any of them may be the one whose memory it
     * needs, and nobody can tell that it is not.
     */
    public Set<SnapshotId> namedBy(SnapshotId unreadable, Collection<SnapshotId> among) {
        String text = text(unreadable);
        return among.stream()
                .filter(id -> !id.equals(unreadable) && text.contains("\"" + id + "\""))
                .collect(Collectors.toSet());
    }

    /** The readable ones, oldest first; a damaged one never hides the others. */
    public List<SnapshotManifest> readable() {
        return readable((_, _) -> {});
    }

    /** @param unreadable told of each of the others, and why it cannot be read */
    public List<SnapshotManifest> readable(BiConsumer<SnapshotId, SmolVmException> unreadable) {
        List<SnapshotManifest> manifests = new ArrayList<>();
        for (Attempt attempt : ids().parallelStream().map(this::attempt).toList()) {
            if (attempt.failure == null) {
                manifests.add(attempt.manifest);
            } else if (attempt.failure.kind() != ErrorKind.NOT_FOUND) {
                // One that was deleted just now is no damage.
                unreadable.accept(attempt.id, attempt.failure);
            }
        }
        manifests.sort((a, b) -> {
            int byTime = a.createdAt().compareTo(b.createdAt());
            return byTime != 0 ? byTime : a.id().compareTo(b.id());
        });
        return manifests;
    }

    /** A manifest, or why there is none; the other is null. */
    private record Attempt(SnapshotId id, SnapshotManifest manifest, SmolVmException failure) {}

    private Attempt attempt(SnapshotId id) {
        try {
            return new Attempt(id, load(id), null);
        } catch (SmolVmException e) {
            return new Attempt(id, null, e);
        }
    }

    public SnapshotId resolve(String reference) {
        SnapshotId named = new SnapshotId(reference);
        if (exists(named)) {
            return named;
        }
        List<SnapshotId> matches =
                ids().stream().filter(id -> id.value().startsWith(reference)).toList();
        if (matches.size() > 1) {
            throw new SmolVmException(
                    ErrorKind.CONFLICT, reference + " could be any of the snapshots " + matches, "give more of the id");
        }
        if (matches.isEmpty()) {
            throw notFound(named);
        }
        return matches.getFirst();
    }

    /** Whether it was, even where nobody can tell any more to which sandbox. */
    public boolean isRestored(SnapshotId id) {
        return Files.exists(store.layout().snapshotRestored(id));
    }

    /** The sandbox a snapshot was last restored to. */
    public Optional<SandboxName> restoredTo(SnapshotId id) {
        return mark(id).read();
    }

    public NotesFile notes(SnapshotId id) {
        return new NotesFile(store, id);
    }

    public RestoredMark mark(SnapshotId id) {
        return new RestoredMark(store, id);
    }
}
