package dev.smolvm.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class MemoryFoldingTest {
    private static final long COMPLETE = 180;

    @Test
    void while_there_is_room_nothing_is_folded() {
        assertThat(MemoryFolding.keep(List.of(COMPLETE), COMPLETE)).isEqualTo(1);
        assertThat(MemoryFolding.keep(chain(MemoryFolding.MAX_FILES - 2), COMPLETE))
                .isEqualTo(MemoryFolding.MAX_FILES - 1);
    }

    @Test
    void equal_links_are_folded_down_to_the_complete_file() {
        assertThat(MemoryFolding.keep(chain(MemoryFolding.MAX_FILES - 1), 1 << 20))
                .isEqualTo(1);
    }

    @Test
    void links_that_differ_a_little_count_as_equal() {
        List<Long> sizes = chain(MemoryFolding.MAX_FILES - 1);
        sizes.replaceAll(size -> size == 5 ? 50 : size);
        sizes.set(3, 55L);
        sizes.set(MemoryFolding.MAX_FILES - 1, 46L);
        assertThat(MemoryFolding.keep(sizes, 1 << 20)).isEqualTo(1);
    }

    @Test
    void a_large_link_is_not_written_again_for_the_small_ones_above_it() {
        List<Long> sizes = chain(MemoryFolding.MAX_FILES - 1);
        sizes.set(1, 100L);
        assertThat(MemoryFolding.keep(sizes, 1 << 20)).isEqualTo(2);
    }

    @Test
    void where_all_of_the_memory_costs_less_than_the_links_it_ends_the_chain() {
        List<Long> sizes = new ArrayList<>(Collections.nCopies(MemoryFolding.MAX_FILES, COMPLETE));
        assertThat(MemoryFolding.keep(sizes, COMPLETE)).isEqualTo(1);
    }

    @Property
    void there_is_always_room_for_a_new_file_and_something_left_below_it(
            @ForAll @Size(min = 1, max = 200) List<@LongRange(min = 0, max = 1L << 40) Long> sizes,
            @ForAll @LongRange(min = 0, max = 1L << 40) long complete) {
        assertThat(MemoryFolding.keep(sizes, complete))
                .isBetween(1, Math.min(sizes.size(), MemoryFolding.MAX_FILES - 1));
    }

    @Property(tries = 50)
    void what_folding_writes_again_stays_a_small_part(
            @ForAll @IntRange(min = 1, max = 20) int step, @ForAll @IntRange(min = 200, max = 4000) int complete) {
        List<Long> sizes = new ArrayList<>(List.of((long) complete));
        long written = 0;
        int steps = 400;
        for (int i = 0; i < steps; i++) {
            int keep = MemoryFolding.keep(sizes, complete);
            long size = step
                    + sizes.subList(keep, sizes.size()).stream()
                            .mapToLong(s -> s)
                            .sum();
            if (MemoryFolding.worthless(size, complete)) {
                sizes.clear();
                size = complete;
            } else {
                sizes.subList(keep, sizes.size()).clear();
            }
            sizes.add(size);
            written += size;
        }
        assertThat(written).isLessThan(4L * step * steps + 2L * complete);
    }

    /** A complete file and this many small ones. */
    private static List<Long> chain(int links) {
        List<Long> sizes = new ArrayList<>(List.of(COMPLETE));
        sizes.addAll(Collections.nCopies(links, 5L));
        return sizes;
    }
}
