package dev.smolvm.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class JsonPropertyTest {
    @Property(tries = 500)
    void what_is_written_is_read_back(@ForAll("values") Json value) {
        assertThat(JsonParser.parse(value.compact())).isEqualTo(value);
        assertThat(JsonParser.parse(value.pretty())).isEqualTo(value);
    }

    @Property(tries = 1000)
    void text_is_a_value_or_a_format_error(@ForAll("almost") String text) {
        try {
            assertThat(JsonParser.parse(text)).isNotNull();
        } catch (JsonFormatException e) {
            assertThat(e).hasMessageNotContaining("Exception");
        }
    }

    @Provide
    Arbitrary<Json> values() {
        Arbitrary<String> text = Arbitraries.strings().ofMaxLength(12).filter(s -> s.chars()
                .noneMatch(c -> Character.isSurrogate((char) c)));
        return Arbitraries.lazyOf(
                () -> text.map(Json::of),
                () -> Arbitraries.longs().map(Json::of),
                () -> Arbitraries.of(true, false).map(Json::of),
                () -> Arbitraries.doubles().between(-1e12, 1e12).map(Json.Real::new),
                () -> Arbitraries.just(Json.NULL),
                () -> values().list().ofMaxSize(4).map(Json.Arr::new),
                () -> Arbitraries.maps(text, values()).ofMaxSize(4).map(JsonPropertyTest::object));
    }

    private static Json object(Map<String, Json> fields) {
        return new Json.Obj(new LinkedHashMap<>(fields));
    }

    @Provide
    Arbitrary<String> almost() {
        List<String> parts =
                List.of("{", "}", "[", "]", ",", ":", "\"", "\"a\"", "1", "-", "e9", "true", "nul", " ", "\\", "\\u12");
        return Arbitraries.of(parts).list().ofMaxSize(20).map(words -> String.join("", words));
    }
}
