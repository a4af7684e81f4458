package dev.smolvm.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.LocalDate;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class FaultReportTest {
    private static final List<String> LINES = List.of(
            "injection\tF01\tcreate killed at a sync\tthe state before\t0",
            "injection\tF01\tcreate killed at a sync\tthe state after\t0",
            "injection\tF01\tcreate killed at a sync\tthe state before\t0",
            "injection\tF01\tdelete killed at a sync\tthe state after\t0",
            "test\tF01\tkilled at every call\tpassed\t90500",
            "test\tF01\tkilled otherwise\tpassed\t1000");

    @Test
    void a_case_has_its_numbers_and_what_was_seen() {
        String text = FaultReport.of(LINES).text(LocalDate.of(2026, 1, 2), List.of("2 cores"));
        assertThat(text)
                .contains("written by `./dev faults` on 2026-01-02", "- 2 cores\n")
                .contains(" | 4 | 2 | 92 s |\n")
                .contains("| create killed at a sync | 3 | the state after (1); the state before (2) |\n")
                .contains("| delete killed at a sync | 1 | the state after |\n");
    }

    @Test
    void what_was_never_injected_is_missing_and_shown_as_such() {
        FaultReport report = FaultReport.of(LINES);
        assertThat(report.missing()).isEqualTo(EnumSet.complementOf(EnumSet.of(Case.F01)));
        assertThat(report.text(LocalDate.EPOCH, List.of())).contains("| F02 | " + Case.F02.fault(), "| **none** | 0 |");
        // Of a test that passed without injecting anything.
        assertThat(FaultReport.of(List.of("test\tF02\tempty\tpassed\t1")).missing())
                .contains(Case.F02);
    }

    @Test
    void other_lines_are_refused() {
        for (String line : List.of("", "injection\tF01", "other\tF01\ta\tb\t0", "injection\tF99\ta\tb\t0")) {
            assertThatThrownBy(() -> FaultReport.of(List.of(line))).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
