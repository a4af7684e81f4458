package dev.smolvm.history;

import dev.smolvm.snapshot.LabelMatch;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;

/** Applies {@link RetentionRules}, and keeps what something depends on whatever they say. */
final class Retention {
    private static final Comparator<SnapshotInfo> OLDEST_FIRST =
            Comparator.comparing(SnapshotInfo::createdAt).thenComparing(SnapshotInfo::id);

    private final RetentionRules rules;
    private final Map<SnapshotId, SnapshotInfo> all = new LinkedHashMap<>();
    private final Ties ties;
    private final Instant now;
    private final Map<SnapshotId, List<String>> kept = new HashMap<>();
    private final Map<SnapshotId, String> going = new HashMap<>();

    /**
     * @param all every snapshot of the store: one of another sandbox may need one of this
     */
    Retention(RetentionRules rules, List<SnapshotInfo> all, Ties ties, Instant now) {
        this.rules = rules;
        all.stream().sorted(OLDEST_FIRST).forEach(s -> this.all.put(s.id(), s));
        this.ties = ties;
        this.now = now;
    }

    /**
     * By sandbox, oldest first; each sandbox by itself, also where several have had the same name.
     *
     * @param scope what counts and can go
     */
    List<PruneDecision> decide(Predicate<SnapshotInfo> scope) {
        Map<Owner, List<SnapshotInfo>> bySandbox = new TreeMap<>();
        for (SnapshotInfo snapshot : all.values()) {
            if (scope.test(snapshot)
                    && rules.only().map(only -> only.matches(snapshot)).orElse(true)) {
                bySandbox
                        .computeIfAbsent(Owner.of(snapshot), _ -> new ArrayList<>())
                        .add(snapshot);
            }
        }
        bySandbox.values().forEach(this::applyRules);
        keepPositions();
        keepWhatDamagedOnesName();
        keepWhatIsNeeded();
        List<PruneDecision> decisions = new ArrayList<>();
        bySandbox.values().forEach(snapshots -> snapshots.forEach(s -> decisions.add(decision(s))));
        return withoutCircles(decisions);
    }

    /** A name alone is that of a deleted sandbox too, or of one elsewhere whose snapshots were brought here. */
    private record Owner(SandboxName name, String id) implements Comparable<Owner> {
        static Owner of(SnapshotInfo snapshot) {
            return new Owner(snapshot.sandbox(), snapshot.sandboxId());
        }

        @Override
        public int compareTo(Owner other) {
            return Comparator.comparing(Owner::name).thenComparing(Owner::id).compare(this, other);
        }
    }

    private PruneDecision decision(SnapshotInfo snapshot) {
        String why = going.get(snapshot.id());
        return why == null
                ? PruneDecision.keep(snapshot, kept.get(snapshot.id()))
                : PruneDecision.remove(snapshot, why);
    }

    /** Manifests that were tampered with may need each other; there is no order in which those could be removed. */
    private static List<PruneDecision> withoutCircles(List<PruneDecision> decisions) {
        Set<SnapshotInfo> removable = new HashSet<>(removalOrder(decisions));
        return decisions.stream()
                .map(d -> d.remove() && !removable.contains(d.snapshot())
                        ? PruneDecision.keep(d.snapshot(), List.of("its parents are damaged: they need it themselves"))
                        : d)
                .toList();
    }

    private void applyRules(List<SnapshotInfo> oldestFirst) {
        List<SnapshotInfo> counted = new ArrayList<>();
        for (SnapshotInfo snapshot : oldestFirst.reversed()) {
            snapshot.notesDamage().ifPresent(_ -> keep(snapshot, "what is written to it cannot be read"));
            for (LabelMatch label : rules.keepLabels()) {
                if (label.matches(snapshot)) {
                    keep(snapshot, "label " + label);
                }
            }
            if (snapshot.written().expired(now) && !kept.containsKey(snapshot.id())) {
                going.put(
                        snapshot.id(),
                        "expired " + snapshot.expires().orElseThrow().truncatedTo(ChronoUnit.SECONDS));
            } else {
                counted.add(snapshot);
            }
        }
        keepNewest(counted);
        for (SnapshotInfo snapshot : counted) {
            if (!kept.containsKey(snapshot.id())) {
                going.put(
                        snapshot.id(),
                        rules.olderThan()
                                .map(age -> "older than " + Age.text(age))
                                .orElse("no rule keeps it"));
            }
        }
    }

    private void keepNewest(List<SnapshotInfo> newestFirst) {
        if (!rules.selecting()) {
            newestFirst.forEach(s -> keep(s, "not expired"));
            return;
        }
        newestFirst.stream().limit(rules.keepLast()).forEach(s -> keep(s, "one of the last " + rules.keepLast()));
        keepNewestOfEach(
                rules.keepHourly(),
                newestFirst,
                t -> "hour " + t.toLocalDateTime().truncatedTo(ChronoUnit.HOURS));
        keepNewestOfEach(rules.keepDaily(), newestFirst, t -> "day " + t.toLocalDate());
        rules.olderThan().ifPresent(age -> newestFirst.stream()
                .filter(s -> !s.createdAt().isBefore(now.minus(age)))
                .forEach(s -> keep(s, "not older than " + Age.text(age))));
    }

    private void keepNewestOfEach(int count, List<SnapshotInfo> newestFirst, Function<ZonedDateTime, String> period) {
        Set<String> seen = new HashSet<>();
        for (SnapshotInfo snapshot : newestFirst) {
            String name = period.apply(snapshot.createdAt().atZone(rules.zone()));
            if (seen.size() < count && seen.add(name)) {
                keep(snapshot, "newest of " + name);
            }
        }
    }

    /** Without it, the next diff of the sandbox would hold all memory. */
    private void keepPositions() {
        for (SnapshotId id : List.copyOf(going.keySet())) {
            List<SandboxName> sandboxes = ties.positions().getOrDefault(id, List.of());
            if (!sandboxes.isEmpty()) {
                String expired = all.get(id).written().expired(now) ? going.get(id) + ", but " : "";
                going.remove(id);
                sandboxes.forEach(s -> keep(all.get(id), expired + "sandbox " + s + " has gone on from it"));
            }
        }
    }

    /** One that cannot be read may be a diff, and repaired some day: it must not lose its memory until then. */
    private void keepWhatDamagedOnesName() {
        ties.unreadable().forEach((id, others) -> {
            if (going.remove(id) != null) {
                others.forEach(other -> keep(all.get(id), "may be needed by " + other + ", which cannot be read"));
            }
        });
    }

    /** Whatever stays, in this prune's scope or not, needs the memory of its parents. */
    private void keepWhatIsNeeded() {
        Deque<SnapshotInfo> staying = new ArrayDeque<>();
        all.values().stream().filter(s -> !going.containsKey(s.id())).forEach(staying::add);
        while (!staying.isEmpty()) {
            SnapshotInfo child = staying.poll();
            Optional<SnapshotId> parent = child.memoryParent();
            if (parent.isPresent() && going.remove(parent.get()) != null) {
                keep(all.get(parent.get()), "needed by " + child.id());
                staying.add(all.get(parent.get()));
            }
        }
    }

    private void keep(SnapshotInfo snapshot, String why) {
        kept.computeIfAbsent(snapshot.id(), _ -> new ArrayList<>()).add(why);
    }

    /** Those that are to go, children before what they need. */
    static List<SnapshotInfo> removalOrder(List<PruneDecision> decisions) {
        Map<SnapshotId, SnapshotInfo> going = new LinkedHashMap<>();
        Map<SnapshotId, Integer> children = new HashMap<>();
        for (PruneDecision decision : decisions.reversed()) {
            if (decision.remove()) {
                going.put(decision.snapshot().id(), decision.snapshot());
                decision.snapshot().memoryParent().ifPresent(p -> children.merge(p, 1, Integer::sum));
            }
        }
        Deque<SnapshotInfo> free = new ArrayDeque<>();
        going.values().stream().filter(s -> !children.containsKey(s.id())).forEach(free::add);
        List<SnapshotInfo> order = new ArrayList<>();
        while (!free.isEmpty()) {
            SnapshotInfo next = free.poll();
            order.add(next);
            next.memoryParent()
                    .filter(p -> children.merge(p, -1, Integer::sum) == 0)
                    .map(going::get)
                    .ifPresent(free::add);
        }
        return order;
    }
}
