package dev.smolvm.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.testing.SnapshotInfos;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class RetentionPropertyTest {
    private static final Instant NOW = SnapshotInfos.START.plus(Duration.ofHours(60));
    private static final SandboxName HERE = new SandboxName("here");

    /** How the next snapshot is made. */
    record Step(int hours, boolean diff, int parent, boolean fork, boolean expires) {}

    @Property(tries = 500)
    void nothing_that_is_needed_goes_and_children_go_first(
            @ForAll("steps") @Size(max = 12) List<Step> steps,
            @ForAll @IntRange(max = 4) int last,
            @ForAll @IntRange(max = 4) int daily,
            @ForAll @IntRange(max = 60) int older,
            @ForAll @IntRange(max = 11) int position) {
        List<SnapshotInfo> all = snapshots(steps);
        Map<SnapshotId, List<SandboxName>> positions = Map.of(new SnapshotId("s" + position), List.of(HERE));
        List<PruneDecision> decisions =
                new Retention(rules(last, 0, daily, older), all, new Ties(positions, Map.of()), NOW).decide(_ -> true);
        Set<SnapshotId> staying = new HashSet<>();
        all.forEach(s -> staying.add(s.id()));

        for (SnapshotInfo next : Retention.removalOrder(decisions)) {
            assertThat(staying.remove(next.id())).isTrue();
            assertThat(all)
                    .filteredOn(s -> staying.contains(s.id()))
                    .extracting(SnapshotInfo::memoryParent)
                    .doesNotContain(Optional.of(next.id()));
            assertThat(positions).doesNotContainKey(next.id());
        }

        assertThat(decisions)
                .allSatisfy(d -> assertThat(staying.contains(d.snapshot().id())).isNotEqualTo(d.remove()))
                .allSatisfy(d -> assertThat(d.reasons()).isNotEmpty());
    }

    @Property(tries = 500)
    void a_larger_number_never_keeps_less(
            @ForAll("steps") @Size(max = 12) List<Step> steps,
            @ForAll @IntRange(max = 4) int last,
            @ForAll @IntRange(max = 4) int hourly,
            @ForAll @IntRange(max = 4) int daily,
            @ForAll @IntRange(max = 3) int more) {
        Set<SnapshotId> few = kept(steps, rules(last, hourly, daily, 1));
        assertThat(kept(steps, rules(last + more, hourly, daily, 1))).containsAll(few);
        assertThat(kept(steps, rules(last, hourly + more, daily, 1))).containsAll(few);
        assertThat(kept(steps, rules(last, hourly, daily + more, 1))).containsAll(few);
        assertThat(kept(steps, rules(last, hourly, daily, 1 + more))).containsAll(few);
    }

    private static RetentionRules rules(int last, int hourly, int daily, int olderHours) {
        return new RetentionRules(
                last,
                hourly,
                daily,
                Optional.of(Duration.ofHours(olderHours)),
                false,
                List.of(),
                Optional.empty(),
                ZoneOffset.UTC);
    }

    private static Set<SnapshotId> kept(List<Step> steps, RetentionRules rules) {
        Set<SnapshotId> kept = new HashSet<>();
        for (PruneDecision decision :
                new Retention(rules, snapshots(steps), new Ties(Map.of(), Map.of()), NOW).decide(_ -> true)) {
            if (!decision.remove()) {
                kept.add(decision.snapshot().id());
            }
        }
        return kept;
    }

    private static List<SnapshotInfo> snapshots(List<Step> steps) {
        List<SnapshotInfo> all = new ArrayList<>();
        for (Step step : steps) {
            int number = all.size();
            String sandbox = step.fork() ? "fork" : "web";
            SnapshotInfos next = step.diff() && number > 0
                    ? SnapshotInfos.diff("s" + number, sandbox, "s" + step.parent() % number)
                    : SnapshotInfos.full("s" + number, sandbox);
            assertThat(next.type()).isIn(SnapshotType.FULL, SnapshotType.DIFF);
            next = next.at(Duration.ofHours(number * 4L + step.hours()));
            all.add((step.expires() ? next.expiring(Duration.ofHours(50)) : next).info());
        }
        return all;
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Boolean> coin = Arbitraries.of(true, false);
        return net.jqwik.api.Combinators.combine(
                        Arbitraries.integers().between(0, 3),
                        coin,
                        Arbitraries.integers().between(0, 100),
                        coin,
                        Arbitraries.of(true, false, false, false))
                .as(Step::new)
                .list();
    }
}
