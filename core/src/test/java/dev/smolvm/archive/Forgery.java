package dev.smolvm.archive;

import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.json.JsonParser;
import dev.smolvm.snapshot.SnapshotNotes;
import dev.smolvm.store.Checksum;
import dev.smolvm.testing.JsonChanges;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Changes archives as somebody would who knows the format. */
final class Forgery {
    private Forgery() {}

    static byte[] tar(Path archive) throws IOException {
        try (InputStream in = new ZstdInputStream(Files.newInputStream(archive))) {
            return in.readAllBytes();
        }
    }

    static byte[] compressed(byte[] tar) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZstdOutputStream zstd = new ZstdOutputStream(out, 1)) {
            zstd.write(tar);
        }
        return out.toByteArray();
    }

    /** A block, and then as many spaces. */
    static byte[] bomb(byte[] head, int spaces) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] part = new byte[1 << 20];
        Arrays.fill(part, (byte) ' ');
        try (ZstdOutputStream zstd = new ZstdOutputStream(out, 1)) {
            zstd.write(head);
            for (int i = 0; i < spaces >> 20; i++) {
                zstd.write(part);
            }
        }
        return out.toByteArray();
    }

    static byte[] join(byte[] tar, int from, int to, int from2, int to2) {
        byte[] joined = Arrays.copyOf(Arrays.copyOfRange(tar, from, to), to - from + to2 - from2);
        System.arraycopy(tar, from2, joined, to - from, to2 - from2);
        return joined;
    }

    static byte[] foreignTar() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
            TarArchiveEntry entry = new TarArchiveEntry("manifest.json");
            entry.setSize(2);
            tar.putArchiveEntry(entry);
            tar.write("{}".getBytes(StandardCharsets.US_ASCII));
            tar.closeArchiveEntry();
        }
        return out.toByteArray();
    }

    static Json.Obj description(byte[] tar) {
        int size = (int) TarBlocks.size(Arrays.copyOf(tar, TarBlocks.BLOCK));
        return (Json.Obj) JsonParser.parse(new String(tar, TarBlocks.BLOCK, size, StandardCharsets.UTF_8));
    }

    static byte[] withDescription(byte[] tar, UnaryOperator<Json.Obj> change) {
        return withDescription(tar, change.apply(description(tar)).compact().getBytes(StandardCharsets.UTF_8));
    }

    static byte[] withDescription(byte[] tar, byte[] description) {
        int rest = rest(tar);
        int length = TarBlocks.BLOCK + (int) TarBlocks.padded(description.length);
        ByteBuffer forged = ByteBuffer.allocate(length + tar.length - rest);
        forged.put(TarBlocks.header(ArchiveDescription.NAME, description.length, TarBlocks.FILE))
                .put(description)
                .position(length)
                .put(tar, rest, tar.length - rest);
        return forged.array();
    }

    /** Where the description ends. */
    static int rest(byte[] tar) {
        return TarBlocks.BLOCK + (int) TarBlocks.padded(TarBlocks.size(Arrays.copyOf(tar, TarBlocks.BLOCK)));
    }

    static List<String> entries(byte[] tar) {
        List<String> names = new ArrayList<>();
        for (Json entry : ((Json.Arr) description(tar).fields().get("entries")).items()) {
            names.add(((Json.Str) ((Json.Obj) entry).fields().get("name")).value());
        }
        return names;
    }

    static Json.Obj snapshot(Json.Obj description) {
        return object(object(description, "manifest"), "snapshot");
    }

    static Json.Obj signed(Json body) {
        try {
            String checksum = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256")
                            .digest(body.compact().getBytes(StandardCharsets.UTF_8)));
            return Json.object()
                    .put("format", 1)
                    .put("checksum", checksum)
                    .put("snapshot", body)
                    .build();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** With another manifest, signed, and then another description around it. */
    static byte[] manifest(byte[] tar, UnaryOperator<Json.Obj> manifest, UnaryOperator<Json.Obj> description) {
        return withDescription(
                tar, d -> description.apply(JsonChanges.with(d, "manifest", signed(manifest.apply(snapshot(d))))));
    }

    /** Of all entries whose names begin so: stored, and as large. */
    static Json.Obj storedIs(Json.Obj description, String prefix, long stored) {
        List<Json> entries = new ArrayList<>();
        for (Json each : ((Json.Arr) description.fields().get("entries")).items()) {
            Json.Obj entry = (Json.Obj) each;
            boolean meant = ((Json.Str) entry.fields().get("name")).value().startsWith(prefix);
            entries.add(
                    meant
                            ? JsonChanges.with(
                                    JsonChanges.with(entry, "stored", Json.of(stored)), "size", Json.of(stored))
                            : entry);
        }
        return JsonChanges.with(description, "entries", new Json.Arr(entries));
    }

    static Json.Obj sizeOfState(Json.Obj snapshot, long size) {
        return JsonChanges.with(
                snapshot, "device_state", JsonChanges.with(object(snapshot, "device_state"), "size", Json.of(size)));
    }

    static Json.Obj sizeOfLayers(Json.Obj snapshot, long size) {
        return (Json.Obj) blobs(snapshot, blob -> JsonChanges.with(blob, "size", Json.of(size)));
    }

    /** With every blob changed, wherever it is. */
    static Json blobs(Json value, UnaryOperator<Json.Obj> change) {
        return switch (value) {
            case Json.Obj object when object.fields().containsKey("kind") -> change.apply(object);
            case Json.Obj(var fields) -> {
                Json.Builder copy = Json.object();
                fields.forEach((key, field) -> copy.put(key, blobs(field, change)));
                yield copy.build();
            }
            case Json.Arr(var items) ->
                new Json.Arr(items.stream().map(i -> blobs(i, change)).toList());
            default -> value;
        };
    }

    private static Json.Obj object(Json.Obj in, String key) {
        return (Json.Obj) in.fields().get(key);
    }

    static Json.Obj boot(Json.Obj snapshot) {
        return object(object(object(snapshot, "sandbox"), "machine"), "boot");
    }

    static Json.Obj boot(Json.Obj snapshot, String field, Json value) {
        Json.Obj sandbox = object(snapshot, "sandbox");
        Json.Obj machine =
                JsonChanges.with(object(sandbox, "machine"), "boot", JsonChanges.with(boot(snapshot), field, value));
        return JsonChanges.with(snapshot, "sandbox", JsonChanges.with(sandbox, "machine", machine));
    }

    /** The one disk. */
    static Json.Obj disk(Json.Obj snapshot, String field, Json value) {
        Json.Obj disk =
                (Json.Obj) ((Json.Arr) snapshot.fields().get("disks")).items().getFirst();
        return JsonChanges.with(snapshot, "disks", new Json.Arr(List.of(JsonChanges.with(disk, field, value))));
    }

    static Json.Obj onlyEntries(Json.Obj description, List<String> names) {
        List<Json> kept = ((Json.Arr) description.fields().get("entries"))
                .items().stream()
                        .filter(e -> names.contains(
                                ((Json.Str) ((Json.Obj) e).fields().get("name")).value()))
                        .toList();
        return JsonChanges.with(description, "entries", new Json.Arr(kept));
    }

    static Json.Obj kernelKind(Json.Obj snapshot, String kind) {
        return boot(snapshot, "kernel", JsonChanges.with(object(boot(snapshot), "kernel"), "kind", Json.of(kind)));
    }

    static Json.Obj memory(Json.Obj snapshot, String field, Json value) {
        return JsonChanges.with(snapshot, "memory", JsonChanges.with(object(snapshot, "memory"), field, value));
    }

    static Json.Obj memoryFile(Json.Obj snapshot, String field, Json value) {
        return memory(snapshot, "file", JsonChanges.with(object(object(snapshot, "memory"), "file"), field, value));
    }

    /** Changes that a manifest or a description may well have, because nothing depends on what is there. */
    static boolean harmless(Json.Obj description, Json.Obj changed) {
        return strip(description).equals(strip(changed)) && soundNotes(changed);
    }

    private static Json strip(Json.Obj description) {
        return JsonChanges.with(JsonChanges.with(description, "made_by", Json.NULL), "notes", Json.NULL);
    }

    /** A user may have written anything that can be written. */
    private static boolean soundNotes(Json.Obj description) {
        try {
            SnapshotNotes.fromJson(JsonFields.of(description, "description").object("notes"));
            return true;
        } catch (JsonFormatException e) {
            return false;
        }
    }

    /** With the lowest layer of the disk changed, and everything around it as it must be. */
    static byte[] withLayer(byte[] tar, Consumer<ByteBuffer> change) throws IOException {
        String name = entries(tar).stream()
                .filter(n -> n.endsWith(".qcow2"))
                .findFirst()
                .orElseThrow();
        byte[] extended = Arrays.copyOf(("./GNUSparseFile.0/" + name).getBytes(StandardCharsets.US_ASCII), 60);
        int header = 0;
        while (!Arrays.equals(tar, header, header + 60, extended, 0, 60)) {
            header += TarBlocks.BLOCK;
        }
        // The map, then the first cluster: the header is in the first region.
        int data = header + 2 * TarBlocks.BLOCK;
        byte[] forged = tar.clone();
        change.accept(ByteBuffer.wrap(forged, data, 4096).slice());
        Checksum before = checksum(tar, header);
        Checksum after = checksum(forged, header);
        String text = description(forged).compact();
        Json.Obj described = (Json.Obj) JsonParser.parse(text.replace(before.value(), after.value()));
        return withDescription(forged, _ -> JsonChanges.with(described, "manifest", signed(snapshot(described))));
    }

    private static Checksum checksum(byte[] tar, int header) {
        byte[] map = new byte[TarBlocks.BLOCK];
        System.arraycopy(tar, header + TarBlocks.BLOCK, map, 0, map.length);
        String[] numbers = new String(map, StandardCharsets.US_ASCII).split("\n");
        int at = header + 2 * TarBlocks.BLOCK;
        try {
            Path file = Files.createTempFile("layer", "");
            try (var out = new java.io.RandomAccessFile(file.toFile(), "rw")) {
                for (int i = 1; i + 1 < numbers.length; i += 2) {
                    int length = Integer.parseInt(numbers[i + 1]);
                    out.seek(Long.parseLong(numbers[i]));
                    out.write(tar, at, length);
                    at += length;
                    out.setLength(Math.max(out.length(), Long.parseLong(numbers[i])));
                }
                return Checksum.of(file);
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
