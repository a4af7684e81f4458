package dev.smolvm.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads strict JSON: duplicate keys, trailing text, deep nesting and over-long input are errors. */
public final class JsonParser {
    /** No manifest or message of ours comes near this, so a larger one is not worth reading. */
    public static final int MAX_BYTES = 4 << 20;

    /** QEMU describes a chain of disk layers one inside the other, so this limits the length of a chain. */
    private static final int MAX_DEPTH = 1_000;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxDocumentLength(MAX_BYTES)
                    .maxStringLength(MAX_BYTES)
                    .build())
            .build();

    private JsonParser() {}

    /** @throws JsonFormatException for text that is not one JSON value */
    public static Json parse(String text) {
        try (var json = FACTORY.createParser(text)) {
            return whole(json);
        } catch (JsonProcessingException e) {
            throw new JsonFormatException(e.getOriginalMessage());
        } catch (IOException e) {
            throw new JsonFormatException(e.getMessage());
        }
    }

    /**
     * Reads a file, at most {@link #MAX_BYTES} of it.
     *
     * @throws JsonFormatException for a file that is too long or not one JSON value
     */
    public static Json read(Path file) throws IOException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        }
        if (bytes.length > MAX_BYTES) {
            throw new JsonFormatException("longer than " + MAX_BYTES + " bytes");
        }
        try {
            return parse(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException e) {
            throw new JsonFormatException("not UTF-8");
        }
    }

    private static Json whole(com.fasterxml.jackson.core.JsonParser json) throws IOException {
        if (json.nextToken() == null) {
            throw new JsonFormatException("empty");
        }
        Json value = value(json);
        if (json.nextToken() != null) {
            throw new JsonFormatException("text after the end");
        }
        return value;
    }

    private static Json value(com.fasterxml.jackson.core.JsonParser json) throws IOException {
        return switch (json.currentToken()) {
            case START_OBJECT -> {
                Map<String, Json> fields = new LinkedHashMap<>();
                while (json.nextToken() != JsonToken.END_OBJECT) {
                    String name = json.currentName();
                    json.nextToken();
                    fields.put(name, value(json));
                }
                yield new Json.Obj(fields);
            }
            case START_ARRAY -> {
                List<Json> items = new ArrayList<>();
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    items.add(value(json));
                }
                yield new Json.Arr(items);
            }
            case VALUE_STRING -> new Json.Str(json.getText());
            case VALUE_NUMBER_INT -> new Json.Int(json.getLongValue());
            case VALUE_NUMBER_FLOAT -> new Json.Real(json.getDoubleValue());
            case VALUE_TRUE -> new Json.Bool(true);
            case VALUE_FALSE -> new Json.Bool(false);
            case VALUE_NULL -> Json.NULL;
            default -> throw new JsonFormatException("unexpected " + json.currentToken());
        };
    }
}
