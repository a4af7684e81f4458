package dev.smolvm.upkeep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobKind;
import dev.smolvm.testing.Samples;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LayerRunsTest {
    private final List<Blob> layers =
            Stream.generate(() -> Samples.blob(BlobKind.LAYER)).limit(8).toList();
    private final List<Inventory.Chain> chains = new ArrayList<>();

    private void chain(StoreObject.Kind kind, String name, int... indexes) {
        List<Blob> chain = new ArrayList<>();
        for (int index : indexes) {
            chain.add(layers.get(index));
        }
        chains.add(new Inventory.Chain(new StoreObject(kind, name), "root", chain));
    }

    private List<List<Integer>> runs() {
        return LayerRuns.of(chains).stream()
                .map(r -> r.layers().stream().map(layers::indexOf).toList())
                .toList();
    }

    @Test
    void what_only_occurs_together_is_a_run() {
        chain(StoreObject.Kind.IMAGE, "tiny", 0);
        chain(StoreObject.Kind.SANDBOX, "web", 0, 1, 2, 3, 4);
        chain(StoreObject.Kind.SNAPSHOT, "last", 0, 1, 2, 3, 4);
        assertThat(runs()).containsExactly(List.of(1, 2, 3, 4));
        LayerRuns.Run run = LayerRuns.of(chains).getFirst();
        assertThat(run.owners()).extracting(StoreObject::toString).containsExactly("sandbox web", "snapshot last");
        assertThat(run.bottom()).isFalse();
    }

    @Test
    void a_snapshot_in_the_middle_keeps_its_top() {
        chain(StoreObject.Kind.SANDBOX, "web", 0, 1, 2, 3, 4);
        chain(StoreObject.Kind.SNAPSHOT, "middle", 0, 1, 2);
        assertThat(runs()).containsExactly(List.of(0, 1, 2), List.of(3, 4));
        assertThat(LayerRuns.of(chains)).extracting(LayerRuns.Run::bottom).containsExactly(true, false);
    }

    @Test
    void nothing_is_merged_over_a_branch() {
        chain(StoreObject.Kind.SANDBOX, "web", 0, 1, 2);
        chain(StoreObject.Kind.SANDBOX, "fork", 0, 1, 3, 4);
        assertThat(runs()).containsExactly(List.of(0, 1), List.of(3, 4));
    }

    @Test
    void one_layer_is_no_run_and_a_strange_chain_no_harm() {
        chain(StoreObject.Kind.SANDBOX, "one", 0);
        chain(StoreObject.Kind.SANDBOX, "twice", 1, 1);
        chain(StoreObject.Kind.SANDBOX, "none");
        assertThat(runs()).isEmpty();
    }

    @Test
    void a_run_is_replaced_only_where_it_is_whole() {
        List<Blob> chain = layers.subList(0, 4);
        Blob merged = layers.get(7);
        assertThat(LayerRuns.replaced(chain, layers.subList(1, 3), merged))
                .contains(List.of(layers.get(0), merged, layers.get(3)));
        assertThat(LayerRuns.replaced(chain, layers.subList(3, 5), merged)).isEmpty();
    }
}
