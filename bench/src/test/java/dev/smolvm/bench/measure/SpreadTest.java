package dev.smolvm.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class SpreadTest {
    @Test
    void of_an_odd_number_of_samples_the_middle_one_is_the_median() {
        Spread spread = Spread.of(List.of(9.0, 1.0, 5.0, 3.0, 7.0));
        assertThat(spread.min()).isEqualTo(1);
        assertThat(spread.lowerQuartile()).isEqualTo(3);
        assertThat(spread.median()).isEqualTo(5);
        assertThat(spread.upperQuartile()).isEqualTo(7);
        assertThat(spread.max()).isEqualTo(9);
    }

    @Test
    void of_an_even_number_the_median_lies_between_the_two_in_the_middle() {
        Spread spread = Spread.of(List.of(4.0, 1.0, 2.0, 3.0));
        assertThat(spread.median()).isEqualTo(2.5);
        assertThat(spread.lowerQuartile()).isEqualTo(1.75);
        assertThat(spread.upperQuartile()).isEqualTo(3.25);
    }

    @Test
    void one_sample_is_all_of_it() {
        Spread spread = Spread.of(List.of(2.0));
        assertThat(List.of(spread.min(), spread.lowerQuartile(), spread.median(), spread.upperQuartile(), spread.max()))
                .containsOnly(2.0);
    }

    @Test
    void samples_keep_the_order_in_which_they_were_taken() {
        assertThat(Spread.of(List.of(3.0, 1.0, 2.0)).samples()).containsExactly(3.0, 1.0, 2.0);
    }

    @Test
    void nothing_and_what_is_no_number_is_refused() {
        assertThatIllegalArgumentException().isThrownBy(() -> Spread.of(List.of()));
        assertThatIllegalArgumentException().isThrownBy(() -> Spread.of(List.of(1.0, Double.NaN)));
        assertThatIllegalArgumentException().isThrownBy(() -> Spread.of(List.of(Double.POSITIVE_INFINITY)));
    }
}
