package dev.smolvm.vmm.firecracker;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.error.ErrorKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StateVersionTest {
    @ParameterizedTest
    @CsvSource({
        "10.0.0, 10.0.0, true",
        "v10.1.3, 10.1.0, true",
        "10.0.0, 10.1.0, true",
        "10.2.0, 10.1.9, false",
        "9.9.0, 10.0.0, false",
        "11.0.0, 10.9.0, false"
    })
    void a_format_is_read_by_its_own_major_version_up_to_its_minor_one(String saved, String here, boolean loads) {
        assertThat(StateVersion.of(saved).loadsIn(StateVersion.of(here))).isEqualTo(loads);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "10", "10.0", "10.0.0.0", "a.b.c", "10.0.0-dev", "-1.0.0", "99999999999.0.0", "10.0.0\n"})
    void anything_else_is_none(String text) {
        assertThat(kindOf(() -> StateVersion.of(text))).isEqualTo(ErrorKind.INCOMPATIBLE);
    }

    @Test
    void a_prefix_is_taken() {
        assertThat(StateVersion.of("v4.0.0")).isEqualTo(new StateVersion(4, 0));
    }
}
