package dev.smolvm.upkeep;

import dev.smolvm.store.Blob;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Layers that only ever occur together: nothing ends at one of them but the last, and nothing branches off. One layer in their
 * place serves all who have them, so a merge never makes a copy of what others keep.
 */
final class LayerRuns {
    private LayerRuns() {}

    /**
     * @param layers two or more, the lowest first
     * @param owners all objects that have them
     * @param bottom nothing lies beneath
     */
    record Run(List<Blob> layers, Set<StoreObject> owners, boolean bottom) {}

    /** The longest ones, in the order in which the chains have them. */
    static List<Run> of(List<Inventory.Chain> chains) {
        Map<Blob, Set<Optional<Blob>>> above = new HashMap<>();
        Map<Blob, Set<Optional<Blob>>> below = new HashMap<>();
        for (Inventory.Chain chain : chains) {
            Optional<Blob> before = Optional.empty();
            for (Blob layer : chain.layers()) {
                below.computeIfAbsent(layer, _ -> new HashSet<>()).add(before);
                before.ifPresent(
                        b -> above.computeIfAbsent(b, _ -> new HashSet<>()).add(Optional.of(layer)));
                before = Optional.of(layer);
            }
            before.ifPresent(b -> above.computeIfAbsent(b, _ -> new HashSet<>()).add(Optional.empty()));
        }
        List<Run> runs = new ArrayList<>();
        Set<Blob> taken = new HashSet<>();
        for (Inventory.Chain chain : chains) {
            List<Blob> run = new ArrayList<>();
            for (Blob layer : chain.layers()) {
                boolean goesOn = !run.isEmpty()
                        && above.get(run.getLast()).equals(Set.of(Optional.of(layer)))
                        && below.get(layer).equals(Set.of(Optional.of(run.getLast())));
                if (!goesOn) {
                    close(run, taken, chains, runs);
                    run = new ArrayList<>();
                }
                run.add(layer);
            }
            close(run, taken, chains, runs);
        }
        return runs;
    }

    private static void close(List<Blob> run, Set<Blob> taken, List<Inventory.Chain> chains, List<Run> runs) {
        if (run.size() < 2 || !taken.add(run.getFirst())) {
            return;
        }
        Set<StoreObject> owners = new TreeSet<>();
        boolean bottom = true;
        for (Inventory.Chain chain : chains) {
            int at = chain.layers().indexOf(run.getFirst());
            if (at >= 0) {
                owners.add(chain.owner());
                bottom &= at == 0;
            }
        }
        runs.add(new Run(List.copyOf(run), owners, bottom));
    }

    /** A chain with one layer in the place of a run; empty where it does not have that run. */
    static Optional<List<Blob>> replaced(List<Blob> chain, List<Blob> run, Blob merged) {
        for (int at = 0; at + run.size() <= chain.size(); at++) {
            if (Objects.equals(chain.subList(at, at + run.size()), run)) {
                List<Blob> changed = new ArrayList<>(chain.subList(0, at));
                changed.add(merged);
                changed.addAll(chain.subList(at + run.size(), chain.size()));
                return Optional.of(changed);
            }
        }
        return Optional.empty();
    }
}
