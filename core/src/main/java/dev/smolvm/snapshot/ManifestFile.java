package dev.smolvm.snapshot;

import dev.smolvm.error.Advice;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.json.JsonParser;
import dev.smolvm.store.SnapshotId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The file around a manifest: {@code format}, {@code checksum} (SHA-256, in hex, of the manifest written compactly) and
 * {@code snapshot}. A manifest that says anything but what was saved is never acted on.
 */
public final class ManifestFile {
    /** To be cloned: to look it up takes longer than to sum a manifest. */
    private static final MessageDigest SHA_256 = sha256();

    private ManifestFile() {}

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    public static String write(SnapshotManifest manifest) {
        return toJson(manifest).pretty();
    }

    public static Json toJson(SnapshotManifest manifest) {
        Json body = manifest.toJson();
        return Json.object()
                .put("format", SnapshotManifest.FORMAT)
                .put("checksum", checksum(body))
                .put("snapshot", body)
                .build();
    }

    /**
     * What {@link #toJson} made, found anywhere but in the store.
     *
     * @throws SmolVmException incompatible: of another format
     * @throws JsonFormatException it is damaged
     */
    public static SnapshotManifest fromJson(JsonFields json) {
        checkFormat("the snapshot", json);
        JsonFields body = json.object("snapshot");
        if (!json.string("checksum").equals(checksum(body.object()))) {
            throw new JsonFormatException("its checksum does not match");
        }
        return parsed(body);
    }

    /** @throws SmolVmException incompatible: of another format; integrity: damaged, or another snapshot's */
    public static SnapshotManifest read(SnapshotId id, Path file) throws IOException {
        try {
            JsonFields json = JsonFields.of(JsonParser.read(file), "manifest");
            checkFormat("snapshot " + id, json);
            SnapshotManifest manifest = fromJson(json);
            if (!manifest.id().equals(id)) {
                throw new JsonFormatException("it belongs to snapshot " + manifest.id());
            }
            return manifest;
        } catch (JsonFormatException e) {
            throw new SmolVmException(
                    ErrorKind.INTEGRITY,
                    "snapshot " + id + " is damaged: its manifest " + file + ": " + problem(e),
                    Advice.WHICH_SNAPSHOTS_ARE_INTACT,
                    e);
        }
    }

    /** Why a manifest could not be read, for those who say themselves which one it is. */
    public static String problem(Exception failure) {
        return switch (failure) {
            case SmolVmException e when e.getCause() instanceof JsonFormatException cause -> problem(cause);
            case SmolVmException e when e.getCause() instanceof IOException cause -> problem(cause);
            case NoSuchFileException _ -> "it is missing";
            case IOException e -> "it cannot be read: " + e.getMessage();
            default -> failure.getMessage();
        };
    }

    private static void checkFormat(String what, JsonFields json) {
        long format = json.integer("format");
        if (format != SnapshotManifest.FORMAT) {
            throw new SmolVmException(
                    ErrorKind.INCOMPATIBLE,
                    what + " has manifest format " + format + "; this smolvm knows format " + SnapshotManifest.FORMAT,
                    "use the smolvm that made it");
        }
    }

    /** A name that no user could have given is damage here, not a mistake of the user's. */
    private static SnapshotManifest parsed(JsonFields body) {
        try {
            return SnapshotManifest.fromJson(body);
        } catch (SmolVmException e) {
            throw e.kind() == ErrorKind.USAGE ? new JsonFormatException(e.getMessage()) : e;
        }
    }

    private static String checksum(Json body) {
        try {
            MessageDigest digest = (MessageDigest) SHA_256.clone();
            return HexFormat.of().formatHex(digest.digest(body.compact().getBytes(StandardCharsets.UTF_8)));
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException(e);
        }
    }
}
