package dev.smolvm.json;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Typed access to an object's fields: a missing field or a wrong type is a {@link JsonFormatException} that names it. */
public record JsonFields(Json.Obj object, String where) {
    public static JsonFields of(Json value, String where) {
        if (value instanceof Json.Obj object) {
            return new JsonFields(object, where);
        }
        throw new JsonFormatException(where + " is not an object");
    }

    public String string(String key) {
        return require(key, Json.Str.class, "a string").value();
    }

    public long integer(String key) {
        return require(key, Json.Int.class, "an integer").value();
    }

    /** A number within limits, both included. */
    public long integer(String key, long low, long high) {
        long value = integer(key);
        if (value < low || value > high) {
            throw new JsonFormatException(path(key) + " is out of range: " + value);
        }
        return value;
    }

    /** A file's path, as a string. */
    public Path file(String key) {
        try {
            return Path.of(string(key));
        } catch (InvalidPathException e) {
            throw new JsonFormatException(path(key) + " is not a path");
        }
    }

    public Optional<Path> optionalFile(String key) {
        return has(key) ? Optional.of(file(key)) : Optional.empty();
    }

    public boolean bool(String key) {
        return require(key, Json.Bool.class, "true or false").value();
    }

    /** A string that is an enum constant's name in lower case. */
    public <E extends Enum<E>> E oneOf(String key, Class<E> type) {
        String value = string(key);
        for (E constant : type.getEnumConstants()) {
            if (name(constant).equals(value)) {
                return constant;
            }
        }
        throw new JsonFormatException(path(key) + " is unknown");
    }

    /** How {@link #oneOf} expects a constant. */
    public static String name(Enum<?> constant) {
        return constant.name().toLowerCase(java.util.Locale.ROOT);
    }

    public JsonFields object(String key) {
        return new JsonFields(require(key, Json.Obj.class, "an object"), path(key));
    }

    public Optional<String> optionalString(String key) {
        return has(key) ? Optional.of(string(key)) : Optional.empty();
    }

    public Optional<JsonFields> optionalObject(String key) {
        return has(key) ? Optional.of(object(key)) : Optional.empty();
    }

    public <T> List<T> list(String key, Function<JsonFields, T> item) {
        List<Json> items = require(key, Json.Arr.class, "a list").items();
        return java.util.stream.IntStream.range(0, items.size())
                .mapToObj(i -> item.apply(of(items.get(i), path(key) + "[" + i + "]")))
                .toList();
    }

    public List<String> strings(String key) {
        return require(key, Json.Arr.class, "a list").items().stream()
                .map(i -> {
                    if (i instanceof Json.Str(var text)) {
                        return text;
                    }
                    throw new JsonFormatException(path(key) + " is not a list of strings");
                })
                .toList();
    }

    /** Whether the field is there and not null. */
    public boolean has(String key) {
        Json value = object.fields().get(key);
        return value != null && !(value instanceof Json.Null);
    }

    private <T extends Json> T require(String key, Class<T> type, String what) {
        Json value = object.fields().get(key);
        if (type.isInstance(value)) {
            return type.cast(value);
        }
        throw new JsonFormatException(path(key) + (value == null ? " is missing" : " is not " + what));
    }

    private String path(String key) {
        return where.isEmpty() ? key : where + "." + key;
    }
}
