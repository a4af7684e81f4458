package dev.smolvm.testing;

import dev.smolvm.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Every way to damage one field of a JSON value. */
public final class JsonChanges {
    private static final List<Json> OTHERS = List.of(
            Json.of("x"),
            Json.of(-1),
            Json.of(Long.MAX_VALUE),
            Json.of(true),
            Json.NULL,
            new Json.Real(1.5),
            Json.of("\u0000"),
            Json.of("../x"),
            new Json.Arr(List.of()),
            new Json.Arr(List.of(Json.of(1))),
            Json.object().build());

    private JsonChanges() {}

    /** The value with each field left out, and with each field of every other type. */
    public static Stream<Json> of(Json value) {
        List<Json> changed = new ArrayList<>();
        switch (value) {
            case Json.Obj object ->
                object.fields().forEach((key, field) -> {
                    Map<String, Json> without = new LinkedHashMap<>(object.fields());
                    without.remove(key);
                    changed.add(new Json.Obj(without));
                    OTHERS.forEach(other -> changed.add(with(object, key, other)));
                    of(field).forEach(inner -> changed.add(with(object, key, inner)));
                });
            case Json.Arr(var items) -> {
                for (int i = 0; i < items.size(); i++) {
                    int at = i;
                    of(items.get(i)).forEach(inner -> {
                        List<Json> copy = new ArrayList<>(items);
                        copy.set(at, inner);
                        changed.add(new Json.Arr(copy));
                    });
                }
            }
            case Json.Str _, Json.Int _, Json.Real _, Json.Bool _, Json.Null _ -> {}
        }
        return changed.stream();
    }

    public static Json.Obj with(Json.Obj object, String key, Json value) {
        Map<String, Json> fields = new LinkedHashMap<>(object.fields());
        fields.put(key, value);
        return new Json.Obj(fields);
    }
}
