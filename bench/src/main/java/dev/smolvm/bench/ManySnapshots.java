package dev.smolvm.bench;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Fills a store with the manifests of many snapshots, copies of one but for their ids and times: enough to list them. Arguments:
 * the manifest of a real one, the store, how many.
 */
public final class ManySnapshots {
    private ManySnapshots() {}

    public static void main(String[] arguments) throws IOException, NoSuchAlgorithmException {
        JsonFields body =
                JsonFields.of(JsonParser.read(Path.of(arguments[0])), "").object("snapshot");
        Path snapshots = Path.of(arguments[1]).resolve("snapshots");
        Instant time = Instant.parse(body.string("created_at"));
        for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
            String id = "snap-%05d".formatted(i);
            Map<String, Json> fields = new LinkedHashMap<>(body.object().fields());
            fields.put("id", Json.of(id));
            fields.put("created_at", Json.of(time.plusSeconds(60L * i).toString()));
            Json copy = new Json.Obj(fields);
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(copy.compact().getBytes(StandardCharsets.UTF_8));
            Files.writeString(
                    Files.createDirectory(snapshots.resolve(id)).resolve("manifest.json"),
                    Json.object()
                            .put("format", 1)
                            .put("checksum", HexFormat.of().formatHex(digest))
                            .put("snapshot", copy)
                            .build()
                            .pretty());
        }
    }
}
