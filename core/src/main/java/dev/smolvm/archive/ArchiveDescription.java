package dev.smolvm.archive;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.json.JsonParser;
import dev.smolvm.snapshot.ManifestFile;
import dev.smolvm.snapshot.SavedDisk;
import dev.smolvm.snapshot.SnapshotManifest;
import dev.smolvm.snapshot.SnapshotNotes;
import dev.smolvm.store.Blob;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What an archive says of itself, in its first entry: the snapshot's manifest, its user's notes, and the entries that follow. Which files those
 * are, in which order and with which sizes and checksums, follows from the manifest; only blobs may be missing.
 */
record ArchiveDescription(SnapshotManifest manifest, SnapshotNotes notes, List<ArchiveEntry> entries) {
    static final String NAME = "smolvm-snapshot.json";
    static final int FORMAT = 1;
    /** No description of ours comes near this. */
    static final int MAX_BYTES = 1 << 20;

    static final String DEVICE_STATE = "device.state";
    static final String MEMORY = "memory";

    private static final int MAX_ENTRIES = 4_000;
    private static final String MADE_BY = "smolvm";

    ArchiveDescription {
        entries = List.copyOf(entries);
    }

    static String entryName(Blob blob) {
        return "layers/" + blob.fileName();
    }

    /** The blobs that a snapshot needs, each once: what it boots from, then its disks' layers, the lowest first. */
    static Set<Blob> blobs(SnapshotManifest manifest) {
        Set<Blob> blobs = new LinkedHashSet<>(manifest.sandbox().machine().bootBlobs());
        for (SavedDisk disk : manifest.disks()) {
            blobs.addAll(disk.layers());
        }
        return blobs;
    }

    /** Those of them that the archive has, by their entries' names. */
    Map<String, Blob> included() {
        Set<String> names = new HashSet<>();
        entries.forEach(e -> names.add(e.name()));
        Map<String, Blob> included = new LinkedHashMap<>();
        for (Blob blob : blobs(manifest)) {
            if (names.contains(entryName(blob))) {
                included.put(entryName(blob), blob);
            }
        }
        return included;
    }

    /** Those that whoever reads the archive must have. */
    List<Blob> leftOut() {
        Collection<Blob> included = included().values();
        return blobs(manifest).stream().filter(b -> !included.contains(b)).toList();
    }

    byte[] toBytes() {
        byte[] bytes = Json.object()
                .put("format", FORMAT)
                .put("made_by", MADE_BY)
                .put("manifest", ManifestFile.toJson(manifest))
                .put("notes", notes.toJson())
                .put(
                        "entries",
                        new Json.Arr(entries.stream().map(ArchiveEntry::toJson).toList()))
                .build()
                .pretty()
                .getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MAX_BYTES || entries.size() > MAX_ENTRIES) {
            throw new SmolVmException(
                    ErrorKind.UNSUPPORTED,
                    "snapshot " + manifest.id() + " has too many layers for an archive",
                    "restore it, and export a snapshot of a new sandbox");
        }
        return bytes;
    }

    /**
     * @throws JsonFormatException it is damaged
     * @throws SmolVmException incompatible: of another format
     */
    static ArchiveDescription parse(byte[] bytes) {
        JsonFields json = JsonFields.of(JsonParser.parse(text(bytes)), "description");
        long format = json.integer("format");
        if (format != FORMAT) {
            throw new SmolVmException(
                    ErrorKind.INCOMPATIBLE,
                    "it has archive format " + format + "; this smolvm knows format " + FORMAT,
                    "import it with the smolvm that made it, or a newer one");
        }
        ArchiveDescription description = new ArchiveDescription(
                ManifestFile.fromJson(json.object("manifest")),
                SnapshotNotes.fromJson(json.object("notes")).portable(),
                json.list("entries", ArchiveEntry::fromJson));
        description.checkEntries();
        return description;
    }

    /** The entries must be those that the manifest names, in this order, with the manifest's sizes and checksums. */
    private void checkEntries() {
        if (entries.size() > MAX_ENTRIES) {
            throw new JsonFormatException("it lists " + entries.size() + " entries");
        }
        List<ArchiveEntry> expected = new ArrayList<>();
        Set<String> listed = new HashSet<>();
        entries.forEach(e -> listed.add(e.name()));
        for (Blob blob : blobs(manifest)) {
            if (listed.contains(entryName(blob))) {
                expected.add(new ArchiveEntry(entryName(blob), blob.size(), 0, blob.checksum()));
            }
        }
        manifest.deviceState().ifPresent(s -> expected.add(new ArchiveEntry(DEVICE_STATE, s.size(), 0, s.checksum())));
        manifest.memory()
                .ifPresent(m -> expected.add(
                        new ArchiveEntry(MEMORY, m.file().size(), 0, m.file().checksum())));
        List<ArchiveEntry> found = entries.stream()
                .map(e -> new ArchiveEntry(e.name(), e.size(), 0, e.checksum()))
                .toList();
        if (!found.equals(expected)) {
            throw new JsonFormatException("its list of entries does not fit the snapshot's manifest");
        }
    }

    private static String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new JsonFormatException("its description is not UTF-8");
        }
    }

    /** Bytes of data of all entries. */
    long stored() {
        return entries.stream().mapToLong(ArchiveEntry::stored).sum();
    }
}
