package dev.smolvm.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.docs.ConsoleBlock.Step;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConsoleBlockTest {
    @Test
    void commandsHaveTheirOutputAndTheirContinuation() {
        assertThat(ConsoleBlock.of(List.of("$ one", "1", "> 2", "$ two \\", "> more"))
                        .steps())
                .containsExactly(new Step("one", List.of("1", "> 2")), new Step("two \\\nmore", List.of()));
        assertThatThrownBy(() -> ConsoleBlock.of(List.of("output"))).hasMessageContaining("before the first prompt");
    }

    @ParameterizedTest
    @CsvSource({
        "66 MiB own, 980 KiB own, true",
        "took 1.5 s, took 12 s, true",
        "web   running, web     running, true",
        "2026-11-23T16:35:11Z, 2027-01-02T03:04:05.678Z, true",
        "/home/me/.smolvm/layers/x.qcow2, /tmp/store/layers/x.qcow2, true",
        "97d710fdb12b, 0123456789ab, true",
        "web running, web paused, false",
        "full, diff, false",
        "66 MiB own, 66 MiB shared, false",
    })
    void onlyNumbersTimesIdsAndWidthsMayDiffer(String shown, String printed, boolean alike) {
        assertThat(new Step("command", List.of(shown)).looksLike(List.of(printed)))
                .isEqualTo(alike);
    }

    @Test
    void aMissingOrFurtherLineIsSeen() {
        Step step = new Step("command", List.of("one", "two"));
        assertThat(step.looksLike(List.of("one"))).isFalse();
        assertThat(step.looksLike(List.of("one", "two", "three"))).isFalse();
        assertThat(step.looksLike(List.of("one", "", "two"))).isTrue();
    }
}
