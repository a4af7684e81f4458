package dev.smolvm.e2e;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/** A snapshot's manifest as a file: read, and falsified with a checksum that is right. */
final class SavedManifest {
    private final Path file;
    private final String original;

    SavedManifest(Path file) throws IOException {
        this.file = file;
        this.original = Files.readString(file);
    }

    JsonFields body() {
        return JsonFields.of(JsonParser.parse(original), "manifest").object("snapshot");
    }

    /** Sets one value in the original's body, named by its path such as {@code sandbox.machine.vmm}. */
    void falsify(String path, Json value) throws IOException {
        Json body = set(body().object(), path, value);
        write(Json.object()
                .put("format", 1)
                .put("checksum", checksum(body))
                .put("snapshot", body)
                .build()
                .pretty());
    }

    void write(String text) throws IOException {
        Files.writeString(file, text);
    }

    String original() {
        return original;
    }

    void putBack() throws IOException {
        write(original);
    }

    private static Json.Obj set(Json.Obj object, String path, Json value) {
        Map<String, Json> fields = new LinkedHashMap<>(object.fields());
        int dot = path.indexOf('.');
        String key = dot < 0 ? path : path.substring(0, dot);
        if (!fields.containsKey(key)) {
            throw new IllegalArgumentException("no field " + key);
        }
        fields.put(key, dot < 0 ? value : set((Json.Obj) fields.get(key), path.substring(dot + 1), value));
        return new Json.Obj(fields);
    }

    private static String checksum(Json body) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256")
                            .digest(body.compact().getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
