package dev.smolvm.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GuestVariablesTest {
    private static final String SECRET = "secret-3f9a";

    @ParameterizedTest
    @ValueSource(strings = {"", "1A", "A B", "A-B", "A=B", "É", "A\n"})
    void names_that_no_shell_takes_are_refused_without_a_word_of_the_values(String name) {
        refused(Map.of(name, SECRET));
    }

    @Test
    void a_nul_and_more_than_the_agent_keeps_are_refused() {
        refused(Map.of("A", SECRET + "\0"));
        refused(Map.of("A", SECRET, "B", "x".repeat(GuestVariables.MAX_BYTES)));
        // Bytes, not characters.
        refused(Map.of("A", SECRET, "B", "é".repeat(GuestVariables.MAX_BYTES / 2)));
        String most = "x".repeat(GuestVariables.MAX_BYTES - "A=".length() - 1);
        assertThat(new GuestVariables(Map.of("A", most)).isEmpty()).isFalse();
        refused(Map.of("A", most + "x"));
    }

    @Test
    void no_text_of_them_has_a_value() {
        GuestVariables variables = GuestVariables.NONE.with("TOKEN", SECRET);
        assertThat(variables.values()).containsEntry("TOKEN", SECRET);
        assertThat(variables.toString()).contains("TOKEN").doesNotContain(SECRET);
        assertThat(Rejuvenation.fork("host", "id", variables).toString()).doesNotContain(SECRET);
    }

    private static void refused(Map<String, String> values) {
        assertThatThrownBy(() -> new GuestVariables(values)).isInstanceOfSatisfying(SmolVmException.class, e -> {
            assertThat(e.kind()).isEqualTo(ErrorKind.USAGE);
            assertThat(e.getMessage() + e.advice()).doesNotContain(SECRET);
        });
    }
}
