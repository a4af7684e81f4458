package dev.smolvm.vmm.firecracker.fake;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.json.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** What was asked of the fake, one JSON object a line, for tests to read. */
final class CallLog {
    private final Path file;

    CallLog(Path file) {
        this.file = file;
    }

    /** A request of the API: its method, path, body ("" where there is none) and the answer's status. */
    void request(String method, String path, String body, int status) {
        line(Json.object()
                .put("method", method)
                .put("path", path)
                .put("body", json(body))
                .put("status", status));
    }

    /** Something that the guest's agent was asked. */
    void agent(Json.Builder what) {
        line(what);
    }

    private static Json json(String body) {
        try {
            return body.isEmpty() ? Json.NULL : JsonParser.parse(body);
        } catch (JsonFormatException e) {
            return Json.of(body);
        }
    }

    private synchronized void line(Json.Builder what) {
        try {
            Files.writeString(
                    file, what.build().compact() + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            // The directory may be gone while the process is still being ended.
        }
    }
}
