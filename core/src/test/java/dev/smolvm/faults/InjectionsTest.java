package dev.smolvm.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Without the annotation, so that nothing of this becomes part of a report but what is taken out again. */
class InjectionsTest {
    @Test
    void only_what_a_test_that_passed_has_told_is_written_down() throws IOException {
        byte[] before = Files.exists(Injections.FILE) ? Files.readAllBytes(Injections.FILE) : new byte[0];
        try {
            Injections.begin();
            Injections.record(Case.F01, "of a test that failed", "nothing");
            Injections.begin();
            Injections.record(Case.F02, "of one\tthat passed", "all well");
            Injections.passed(EnumSet.of(Case.F02), "passes", 7);
            Injections.begin();
            Injections.passed(EnumSet.of(Case.F03), "tells nothing", 8);

            List<String> lines = Files.readAllLines(Injections.FILE);
            assertThat(lines.subList(lines.size() - 4, lines.size()))
                    .containsExactly(
                            "injection\tF02\tof one that passed\tall well\t0",
                            "test\tF02\tpasses\tpassed\t7",
                            "injection\tF03\ttells nothing\tas expected\t0",
                            "test\tF03\ttells nothing\tpassed\t8");
            assertThat(lines).noneMatch(line -> line.contains("failed"));
        } finally {
            Files.write(Injections.FILE, before);
        }
    }
}
