package dev.smolvm.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Against a plain list with a place for each page. */
class PageMapPropertyTest {
    private static final int PAGES = 60;

    @Property(tries = 500)
    void each_page_is_where_the_last_layer_put_it(@ForAll("layers") List<List<PageMap.Segment>> layers) {
        PageMap map = PageMap.zeros(PAGES);
        List<PageMap.Segment> expected = new ArrayList<>();
        for (int page = 0; page < PAGES; page++) {
            expected.add(new PageMap.Segment(page, 1, PageMap.NOTHING, PageMap.ZERO));
        }
        for (List<PageMap.Segment> layer : layers) {
            map = map.with(layer);
            for (PageMap.Segment segment : layer) {
                for (long page = segment.first(); page < segment.end(); page++) {
                    expected.set((int) page, segment.part(page, page + 1));
                }
            }
        }
        long next = 0;
        for (PageMap.Segment segment : map.segments()) {
            assertThat(segment.first()).isEqualTo(next);
            assertThat(segment.pages()).isPositive();
            next = segment.end();
        }
        assertThat(map.pages()).isEqualTo(PAGES).isEqualTo(next);
        for (int page = 0; page < PAGES; page++) {
            assertThat(map.from(page, 1)).isEqualTo(expected.get(page));
            PageMap.Segment together = map.from(page, 7);
            assertThat(together.pages()).isBetween(1L, 7L);
            assertThat(together.part(together.end() - 1, together.end()))
                    .isEqualTo(expected.get((int) together.end() - 1));
        }
        int pieces = 1;
        for (int page = 1; page < PAGES; page++) {
            pieces += goesOn(expected.get(page - 1), expected.get(page)) ? 0 : 1;
        }
        assertThat(map.segments()).hasSize(pieces);
    }

    private static boolean goesOn(PageMap.Segment one, PageMap.Segment next) {
        return one.file() == next.file()
                && (one.zero() ? next.zero() : next.offset() == one.offset() + DiffMemory.PAGE);
    }

    @Provide
    Arbitrary<List<List<PageMap.Segment>>> layers() {
        // Gap, length, and whether they are zeros; the files of a layer's pages are one.
        Arbitrary<int[]> piece = Combinators.combine(
                        Arbitraries.integers().between(0, 6),
                        Arbitraries.integers().between(1, 9),
                        Arbitraries.integers().between(0, 2))
                .as((gap, length, kind) -> new int[] {gap, length, kind});
        return piece.list().ofMaxSize(12).list().ofMaxSize(5).map(all -> {
            List<List<PageMap.Segment>> layers = new ArrayList<>();
            for (List<int[]> pieces : all) {
                List<PageMap.Segment> layer = new ArrayList<>();
                int page = 0;
                long data = 0;
                for (int[] each : pieces) {
                    page += each[0];
                    int length = Math.min(each[1], PAGES - page);
                    if (length > 0) {
                        layer.add(new PageMap.Segment(
                                page, length, layers.size(), each[2] == 0 ? PageMap.ZERO : data * DiffMemory.PAGE));
                        data += each[2] == 0 ? 0 : length;
                        page += length;
                    }
                }
                layers.add(layer);
            }
            return layers;
        });
    }
}
