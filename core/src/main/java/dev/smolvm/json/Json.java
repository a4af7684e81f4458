package dev.smolvm.json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A JSON value. Objects keep their order and never hold a key twice. */
public sealed interface Json {
    record Obj(Map<String, Json> fields) implements Json {
        public Obj {
            fields = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(fields));
        }
    }

    record Arr(List<Json> items) implements Json {
        public Arr {
            items = List.copyOf(items);
        }
    }

    record Str(String value) implements Json {}

    record Int(long value) implements Json {}

    record Real(double value) implements Json {}

    record Bool(boolean value) implements Json {}

    record Null() implements Json {}

    Null NULL = new Null();

    static Json of(String value) {
        return value == null ? NULL : new Str(value);
    }

    static Json of(long value) {
        return new Int(value);
    }

    static Json of(boolean value) {
        return new Bool(value);
    }

    static Json ofStrings(Iterable<String> values) {
        List<Json> items = new ArrayList<>();
        values.forEach(v -> items.add(of(v)));
        return new Arr(items);
    }

    static Builder object() {
        return new Builder();
    }

    /** Writes this value compactly on one line. */
    default String compact() {
        return JsonWriter.write(this, false);
    }

    /** Writes this value for people to read, with a line break at the end. */
    default String pretty() {
        return JsonWriter.write(this, true) + "\n";
    }

    /** Collects the fields of an object in order. */
    final class Builder {
        private final Map<String, Json> fields = new LinkedHashMap<>();

        public Builder put(String key, Json value) {
            fields.put(key, value);
            return this;
        }

        public Builder put(String key, String value) {
            return put(key, of(value));
        }

        public Builder put(String key, long value) {
            return put(key, of(value));
        }

        public Builder put(String key, boolean value) {
            return put(key, of(value));
        }

        public Obj build() {
            return new Obj(fields);
        }
    }
}
