package dev.smolvm.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

final class JsonWriter {
    private static final JsonFactory FACTORY = new JsonFactory();

    private JsonWriter() {}

    static String write(Json value, boolean pretty) {
        StringWriter out = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(out)) {
            if (pretty) {
                json.setPrettyPrinter(new DefaultPrettyPrinter());
            }
            write(value, json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString();
    }

    private static void write(Json value, JsonGenerator json) throws IOException {
        switch (value) {
            case Json.Obj(var fields) -> {
                json.writeStartObject();
                for (var field : fields.entrySet()) {
                    json.writeFieldName(field.getKey());
                    write(field.getValue(), json);
                }
                json.writeEndObject();
            }
            case Json.Arr(var items) -> {
                json.writeStartArray();
                for (Json item : items) {
                    write(item, json);
                }
                json.writeEndArray();
            }
            case Json.Str(var text) -> json.writeString(text);
            case Json.Int(var number) -> json.writeNumber(number);
            case Json.Real(var number) -> json.writeNumber(number);
            case Json.Bool(var truth) -> json.writeBoolean(truth);
            case Json.Null() -> json.writeNull();
        }
    }
}
