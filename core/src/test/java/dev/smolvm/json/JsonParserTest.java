package dev.smolvm.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonParserTest {
    @TempDir
    Path directory;

    @Test
    void keeps_the_order_of_fields() {
        Json.Obj parsed = (Json.Obj) JsonParser.parse("{\"b\":1,\"a\":[true,null,\"x\",1.5],\"c\":{}}");
        assertThat(parsed.fields().keySet()).containsExactly("b", "a", "c");
        assertThat(parsed.compact()).isEqualTo("{\"b\":1,\"a\":[true,null,\"x\",1.5],\"c\":{}}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "[1",
                "{\"a\":1,\"a\":2}",
                "{\"a\":{\"b\":1,\"b\":1}}",
                "{} {}",
                "{}x",
                "[1,]",
                "{'a':1}",
                "NaN",
                "// remark\n1",
                "01",
                "9223372036854775808",
                "-9223372036854775809",
                "\"\"\u0001\""
            })
    void anything_but_one_strict_value_is_refused(String text) {
        assertThatThrownBy(() -> JsonParser.parse(text)).isInstanceOf(JsonFormatException.class);
    }

    @Test
    void the_description_of_a_chain_of_hundreds_of_layers_can_be_read() {
        // QEMU answers query-block with each layer's description inside that of the layer above.
        assertThat(JsonParser.parse(nested(400))).isInstanceOf(Json.Obj.class);
    }

    @Test
    void nesting_that_could_exhaust_the_stack_is_refused() {
        assertThatThrownBy(() -> JsonParser.parse(nested(2_000))).isInstanceOf(JsonFormatException.class);
        assertThatThrownBy(() -> JsonParser.parse("[".repeat(1_000_000))).isInstanceOf(JsonFormatException.class);
    }

    @Test
    void text_over_the_limit_is_refused() {
        String long_ = "\"" + "x".repeat(JsonParser.MAX_BYTES) + "\"";
        assertThatThrownBy(() -> JsonParser.parse(long_)).isInstanceOf(JsonFormatException.class);
    }

    @Test
    void a_file_of_a_gigabyte_is_refused_without_being_read() throws IOException {
        Path file = directory.resolve("huge.json");
        try (RandomAccessFile huge = new RandomAccessFile(file.toFile(), "rw")) {
            huge.write("{\"a\":\"".getBytes(StandardCharsets.UTF_8));
            huge.setLength(1L << 30);
        }
        long start = System.nanoTime();
        assertThatThrownBy(() -> JsonParser.read(file))
                .isInstanceOf(JsonFormatException.class)
                .hasMessageContaining("longer than");
        assertThat(System.nanoTime() - start).isLessThan(1_000_000_000L);
    }

    @Test
    void bytes_in_no_known_encoding_are_a_format_error_and_not_an_input_error() throws IOException {
        Path file = directory.resolve("broken.json");
        byte[][] broken = {
            {'"', (byte) 0xC0, (byte) 0x80, '"'},
            {'"', (byte) 0xFF, '"'},
            // Looks like UTF-32, but holds no character.
            {0, 0, 0, '"', 0x7F, 0x7F, 0x7F, 0x7F, 0, 0, 0, '"'},
            {0, 0, 0},
        };
        for (byte[] bytes : broken) {
            Files.write(file, bytes);
            assertThatThrownBy(() -> JsonParser.read(file)).isInstanceOf(JsonFormatException.class);
        }
    }

    @Test
    void a_field_of_the_wrong_type_is_named() {
        JsonFields fields = JsonFields.of(JsonParser.parse("{\"o\":{\"n\":\"1\",\"l\":[{\"x\":1},2]}}"), "file");
        assertThatThrownBy(() -> fields.object("o").integer("n")).hasMessage("file.o.n is not an integer");
        assertThatThrownBy(() -> fields.object("o").integer("m")).hasMessage("file.o.m is missing");
        assertThatThrownBy(() -> fields.object("o").list("l", i -> i.integer("x")))
                .hasMessage("file.o.l[1] is not an object");
        assertThatThrownBy(() -> fields.object("o").strings("l")).hasMessage("file.o.l is not a list of strings");
        assertThatThrownBy(() -> JsonFields.of(Json.of(1), "file")).hasMessage("file is not an object");
    }

    @Test
    void null_counts_as_a_field_that_is_not_there() {
        JsonFields fields = JsonFields.of(JsonParser.parse("{\"a\":null}"), "file");
        assertThat(fields.optionalString("a")).isEmpty();
        assertThat(fields.optionalObject("a")).isEmpty();
        assertThatThrownBy(() -> fields.string("a")).isInstanceOf(JsonFormatException.class);
    }

    private static String nested(int depth) {
        return "{\"a\":".repeat(depth) + "1" + "}".repeat(depth);
    }
}
