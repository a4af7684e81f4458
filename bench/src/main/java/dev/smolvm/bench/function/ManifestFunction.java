package dev.smolvm.bench.function;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonToken;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** JSON of a snapshot's size and shape into values. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
public class ManifestFunction {
    private static final int LAYERS = 20;

    private final JsonFactory factory = new JsonFactory();
    private final String text = manifest();

    private static String manifest() {
        List<Json> layers = new ArrayList<>();
        for (int i = 0; i < LAYERS; i++) {
            layers.add(Json.object()
                    .put("id", "0123456789abcdef0123456789abcde" + i)
                    .put("kind", "layer")
                    .put("size", 1_000_000L * i)
                    .put("checksum", "sha256-4m:" + "0123456789abcdef".repeat(4))
                    .build());
        }
        return Json.object()
                .put("format", 1)
                .put("checksum", "0123456789abcdef".repeat(4))
                .put(
                        "snapshot",
                        Json.object()
                                .put("id", "snap-box-20260101-000000")
                                .put("type", "full")
                                .put("layers", new Json.Arr(layers))
                                .put("notes", Json.ofStrings(List.of()))
                                .build())
                .build()
                .pretty();
    }

    @Benchmark
    public Json ours() {
        return JsonParser.parse(text);
    }

    /** The tokens alone. */
    @Benchmark
    public int floor() throws IOException {
        int tokens = 0;
        try (var json = factory.createParser(text)) {
            for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
                tokens++;
            }
        }
        return tokens;
    }
}
