package dev.smolvm.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.json.JsonParser;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
    static Stream<String> wrong() {
        return Stream.of(
                "",
                ".",
                "..",
                "../x",
                "/etc/passwd",
                "a/b",
                "a\\b",
                "-x",
                "_x",
                ".x",
                "a..b",
                "a\n",
                "a\nb",
                "\n",
                "a b",
                "a\tb",
                "a\u0000b",
                "a\u001b[31mb",
                "a\u007f",
                "a,b",
                "a=b",
                "a:b",
                "a'b",
                "a\"b",
                "a$b",
                "a*",
                "A",
                "Ab",
                "ä",
                "🦊",
                "a\u200bb",
                "a".repeat(300),
                "%2e%2e");
    }

    @Fault(Case.F19)
    @ParameterizedTest
    @MethodSource("wrong")
    @NullSource
    void a_name_that_could_mean_a_path_an_option_or_a_control_character_is_refused(String value) {
        refused(SandboxName::new, value);
        refused(SnapshotId::new, value);
        refused(ImageName::new, value);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "0", "a.b", "a-b_c.d", "snap-box-20260101-000000-2"})
    void a_plain_name_is_taken(String value) {
        assertThat(new SandboxName(value)).hasToString(value);
        assertThat(new SnapshotId(value)).hasToString(value);
        assertThat(new ImageName(value)).hasToString(value);
    }

    @Test
    void the_longest_names_are_63_and_128() {
        new SandboxName("a".repeat(63));
        refused(SandboxName::new, "a".repeat(64));
        new SnapshotId("a".repeat(128));
        refused(SnapshotId::new, "a".repeat(129));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0123456789abcdef0123456789abcde",
                "0123456789ABCDEF0123456789ABCDEF",
                "../../../../../../../../../../tmp"
            })
    void a_blob_id_is_32_lower_case_hex_digits(String value) {
        assertThatThrownBy(() -> new BlobId(value)).isInstanceOf(JsonFormatException.class);
    }

    @Test
    void a_blob_id_in_other_digits_is_refused() {
        // Arabic-Indic digits are digits to Character, and no file name of ours.
        assertThatThrownBy(() -> new BlobId("٠".repeat(32))).isInstanceOf(JsonFormatException.class);
    }

    @Test
    void random_blob_ids_differ() {
        Set<BlobId> ids = new HashSet<>();
        for (int i = 0; i < 1_000; i++) {
            assertThat(ids.add(BlobId.random())).isTrue();
        }
    }

    @Test
    void a_blob_survives_its_json() {
        for (BlobKind kind : BlobKind.values()) {
            Blob blob = new Blob(kind, BlobId.random(), 42, new Checksum("sha256-4m:" + "0a".repeat(32)));
            assertThat(read(blob.toJson().pretty())).isEqualTo(blob);
        }
    }

    @Test
    void a_hostile_blob_is_a_format_error() {
        String good = new Blob(BlobKind.LAYER, BlobId.random(), 42, new Checksum("sha256-4m:" + "0a".repeat(32)))
                .toJson()
                .compact();
        for (String wrong : new String[] {
            good.replace("\"layer\"", "\"socket\""),
            good.replace("42", "\"42\""),
            good.replace("42", "-1"),
            good.replace("\"id\":\"", "\"id\":\"../"),
            good.replace("sha256-4m", "md5"),
        }) {
            assertThatThrownBy(() -> read(wrong)).isInstanceOf(JsonFormatException.class);
        }
    }

    private static Blob read(String json) {
        Json value = JsonParser.parse(json);
        return Blob.fromJson(JsonFields.of(value, "blob"));
    }

    private static void refused(Function<String, ?> name, String value) {
        assertThatThrownBy(() -> name.apply(value)).isInstanceOfSatisfying(SmolVmException.class, e -> {
            assertThat(e.kind()).isEqualTo(ErrorKind.USAGE);
            assertThat(e.getMessage().length()).isLessThan(120);
            assertThat(e.getMessage().codePoints()).noneMatch(Character::isISOControl);
            assertThat(e.advice()).isNotEmpty();
        });
    }
}
