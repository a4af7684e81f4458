package dev.smolvm.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.smolvm.bench.measure.Form;
import dev.smolvm.bench.measure.Scenario;
import dev.smolvm.bench.scenario.Scenarios;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OptionsTest {
    @Test
    void only_all_of_the_full_form_becomes_the_page_unless_it_is_asked_for() {
        assertThat(Options.of(List.of()).page()).isTrue();
        assertThat(Options.of(List.of("--quick")).page()).isFalse();
        assertThat(Options.of(List.of("exec")).page()).isFalse();
        assertThat(Options.of(List.of("--quick", "--page", "exec")).page()).isTrue();
    }

    @Test
    void a_name_stands_for_its_variants() {
        assertThat(Options.of(List.of("fork-1", "restore-512")).choose(Scenarios.all(Form.FULL)))
                .extracting(Scenario::name)
                .containsExactly("restore-512", "restore-512-5-layers", "restore-512-20-layers", "fork-1");
    }

    @Test
    void names_in_both_forms_differ_and_can_be_file_names() {
        for (Form form : Form.values()) {
            assertThat(Scenarios.all(form))
                    .extracting(Scenario::name)
                    .doesNotHaveDuplicates()
                    .allMatch(name -> name.matches("[a-z0-9-]+"));
        }
    }

    @Test
    void what_is_not_known_is_refused(@TempDir Path directory) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Options.of(List.of("restores")).choose(Scenarios.all(Form.FULL)))
                .withMessageContaining("restores");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Options.of(List.of("--fast")))
                .withMessageContaining("--fast");
        assertThatIllegalArgumentException().isThrownBy(() -> Options.of(List.of("--out")));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Options.of(List.of("--out", directory + "/absent/file.json")))
                .withMessageContaining("is not there");
    }
}
