package dev.smolvm.sandbox;

import dev.smolvm.disk.Qcow2Overlay;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobId;
import dev.smolvm.store.BlobKind;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** One disk of a sandbox, as {@code sandbox.json} holds it. */
public sealed interface DiskRecord {
    int SECTOR = 512;

    /** Also the disk's serial number in the guest. */
    String id();

    /**
     * A chain of layers.
     *
     * @param bytes virtual size
     * @param sealed immutable layers, the lowest first
     * @param open layers above them that are not sealed. The last is the one the guest writes to. There are two while a
     *     snapshot is taken: the new one is written down before it is taken into use, because an empty layer more is
     *     harmless and a layer less is lost data.
     * @param mountedAt where the guest sees its file system, for a mounted host directory
     * @param hostDirectory what it was made from
     */
    record Chain(
            String id,
            long bytes,
            List<Blob> sealed,
            List<BlobId> open,
            Optional<String> mountedAt,
            Optional<Path> hostDirectory)
            implements DiskRecord {
        public Chain {
            sealed = List.copyOf(sealed);
            open = List.copyOf(open);
        }

        public static Chain of(String id, long bytes, List<Blob> sealed, BlobId overlay) {
            return new Chain(id, bytes, sealed, List.of(overlay), Optional.empty(), Optional.empty());
        }

        public Chain with(List<Blob> newSealed, List<BlobId> newOpen) {
            return new Chain(id, bytes, newSealed, newOpen, mountedAt, hostDirectory);
        }

        public BlobId overlay() {
            return open.getLast();
        }
    }

    /**
     * A raw file of the sandbox's own, for VMMs that know no layers.
     *
     * @param bytes size
     * @param file its name in the sandbox's directory
     * @param mountedAt where the guest sees its file system, for a mounted host directory
     * @param hostDirectory what it was made from
     */
    record Whole(String id, long bytes, BlobId file, Optional<String> mountedAt, Optional<Path> hostDirectory)
            implements DiskRecord {}

    /** A user's own file. */
    record UserDrive(String id, Path file, boolean qcow2, boolean readOnly) implements DiskRecord {}

    default Json toJson() {
        Json.Builder json = Json.object().put("id", id());
        switch (this) {
            case Chain chain ->
                json.put("type", "chain")
                        .put("bytes", chain.bytes())
                        .put(
                                "sealed",
                                new Json.Arr(chain.sealed().stream()
                                        .map(Blob::toJson)
                                        .toList()))
                        .put(
                                "open",
                                new Json.Arr(chain.open().stream()
                                        .map(DiskRecord::openLayer)
                                        .toList()))
                        .put("mounted_at", chain.mountedAt().orElse(null))
                        .put(
                                "host_directory",
                                chain.hostDirectory().map(Path::toString).orElse(null));
            case Whole whole ->
                json.put("type", "raw")
                        .put("bytes", whole.bytes())
                        .put("raw", whole.file().value())
                        .put("mounted_at", whole.mountedAt().orElse(null))
                        .put(
                                "host_directory",
                                whole.hostDirectory().map(Path::toString).orElse(null));
            case UserDrive drive ->
                json.put("type", "file")
                        .put("file", drive.file().toString())
                        .put("qcow2", drive.qcow2())
                        .put("read_only", drive.readOnly());
        }
        return json.build();
    }

    /** In the shape of a {@link Blob}, so that the collector of unused layers spares it at every moment. */
    private static Json openLayer(BlobId id) {
        return Json.object().put("kind", "layer").put("id", id.value()).build();
    }

    static DiskRecord fromJson(JsonFields json) {
        String id = id(json);
        return switch (json.string("type")) {
            case "chain" -> {
                List<BlobId> open = json.list("open", o -> new BlobId(o.string("id")));
                if (open.isEmpty()) {
                    throw new JsonFormatException(json.where() + ".open is empty");
                }
                yield new Chain(
                        id,
                        virtualBytes(json),
                        layers(json, "sealed"),
                        open,
                        json.optionalString("mounted_at"),
                        json.optionalFile("host_directory"));
            }
            case "raw" ->
                new Whole(
                        id,
                        virtualBytes(json),
                        new BlobId(json.string("raw")),
                        json.optionalString("mounted_at"),
                        json.optionalFile("host_directory"));
            case "file" -> new UserDrive(id, json.file("file"), json.bool("qcow2"), json.bool("read_only"));
            default -> throw new JsonFormatException(json.where() + ".type is unknown");
        };
    }

    /** A disk's id; it becomes part of a VMM's option. */
    static String id(JsonFields json) {
        String id = json.string("id");
        if (!id.matches("[a-z0-9]{1,20}")) {
            throw new JsonFormatException(json.where() + ".id is not a disk's id");
        }
        return id;
    }

    /** A disk's virtual size. */
    static long virtualBytes(JsonFields json) {
        long bytes = json.integer("bytes", SECTOR, Qcow2Overlay.MAX_VIRTUAL_BYTES);
        if (bytes % SECTOR != 0) {
            throw new JsonFormatException(json.where() + ".bytes is not whole sectors");
        }
        return bytes;
    }

    /** Where the guest sees the file system of a mounted host directory. */
    default Optional<String> mountPoint() {
        return switch (this) {
            case Chain chain -> chain.mountedAt();
            case Whole whole -> whole.mountedAt();
            case UserDrive _ -> Optional.empty();
        };
    }

    /** A list of sealed layers. */
    static List<Blob> layers(JsonFields json, String key) {
        List<Blob> layers = json.list(key, Blob::fromJson);
        if (layers.stream().anyMatch(l -> l.kind() != BlobKind.LAYER)) {
            throw new JsonFormatException(json.where() + "." + key + " holds something that is not a layer");
        }
        return layers;
    }
}
