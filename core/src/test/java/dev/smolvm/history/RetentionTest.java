package dev.smolvm.history;

import static dev.smolvm.testing.SnapshotInfos.START;
import static dev.smolvm.testing.SnapshotInfos.diff;
import static dev.smolvm.testing.SnapshotInfos.full;
import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.snapshot.LabelMatch;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.testing.Failures;
import dev.smolvm.testing.SnapshotInfos;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RetentionTest {
    /** 13:04:05 UTC. */
    private static final Instant NOW = START.plus(Duration.ofHours(10));

    private final List<SnapshotInfos> snapshots = new ArrayList<>();
    private Map<SnapshotId, List<SandboxName>> positions = Map.of();
    private Map<SnapshotId, List<SnapshotId>> unreadable = Map.of();

    @Test
    void the_newest_stay_of_each_sandbox_by_itself() {
        have(full("a1", "a"), full("a2", "a").minute(1), full("a3", "a").minute(2), full("b1", "b"));
        assertThat(removed(rules().last(2))).containsExactly("a1");
        assertThat(removed(rules().last(1))).containsExactly("a1", "a2");
    }

    @Test
    void one_sandbox_alone_is_pruned_on_request() {
        have(
                full("a1", "a"),
                full("a2", "a").minute(1),
                full("b1", "b"),
                full("b2", "b").minute(1));
        List<PruneDecision> decisions =
                retention(rules().last(1)).decide(s -> s.sandbox().value().equals("b"));
        assertThat(decisions).extracting(d -> d.snapshot().id().value()).containsExactly("b1", "b2");
        assertThat(removed(decisions)).containsExactly("b1");
    }

    /** Of one that was deleted, or that never was here. */
    @Test
    void sandboxes_of_the_same_name_are_pruned_by_themselves() {
        have(
                full("old1", "a").of("aaaaaaaaaaaa"),
                full("old2", "a").of("aaaaaaaaaaaa").minute(1),
                full("new1", "a").minute(2),
                full("new2", "a").minute(3));
        assertThat(removed(rules().last(1))).containsExactlyInAnyOrder("old1", "new1");
        assertThat(removed(rules().last(2))).isEmpty();
    }

    /** 3:04, 3:34, 4:04, 4:34, 5:04 and the day before. */
    @Test
    void the_newest_of_each_of_the_latest_hours_and_days_stays() {
        have(
                full("before", "a").at(Duration.ofHours(-20)),
                full("h3", "a"),
                full("h3b", "a").minute(30),
                full("h4", "a").minute(60),
                full("h4b", "a").minute(90),
                full("h5", "a").minute(120));
        assertThat(removed(rules().hourly(2))).containsExactly("before", "h3", "h3b", "h4");
        assertThat(removed(rules().hourly(9))).containsExactly("h3", "h4");
        assertThat(removed(rules().daily(2))).containsExactly("h3", "h3b", "h4", "h4b");
        assertThat(removed(rules().hourly(1).daily(2).last(2))).containsExactly("h3", "h3b", "h4");
        assertThat(reasons(rules().daily(1).last(1), "h5"))
                .containsExactly("one of the last 1", "newest of day 2026-01-02");
    }

    @Test
    void days_are_those_of_the_zone() {
        have(full("evening", "a").at(Duration.ofHours(-5)), full("night", "a"));
        assertThat(removed(rules().daily(9))).isEmpty();
        assertThat(removed(rules().daily(9).in(ZoneId.of("Asia/Tokyo")))).containsExactly("evening");
    }

    @Test
    void what_is_younger_stays_whatever_else_is_asked() {
        have(
                full("old", "a"),
                full("older", "a").minute(-90),
                full("young", "a").minute(9 * 60));
        assertThat(removed(rules().olderThan(Duration.ofHours(2)))).containsExactly("older", "old");
        assertThat(removed(rules().olderThan(Duration.ofHours(2)).last(2))).containsExactly("older");
        assertThat(removed(rules().olderThan(Duration.ofHours(10)))).containsExactly("older");
        assertThat(reasons(rules().olderThan(Duration.ofHours(11)), "old")).containsExactly("not older than 11h");
    }

    @Test
    void what_has_expired_goes_with_any_rule_and_is_not_counted() {
        have(
                full("keep", "a"),
                full("next", "a").minute(1),
                full("expired", "a").minute(2).expiring(Duration.ofHours(10)),
                full("later", "a").minute(3).expiring(Duration.ofHours(11)));
        assertThat(removed(rules().expired())).containsExactly("expired");
        assertThat(removed(rules().last(2))).containsExactly("keep", "expired");
        assertThat(reasons(rules().expired(), "later")).containsExactly("not expired");
    }

    @Test
    void a_label_keeps_even_what_has_expired() {
        have(
                full("old", "a").with("release", "1"),
                full("expired", "a").with("release", "2").expiring(Duration.ZERO),
                full("new", "a").minute(1));
        assertThat(removed(rules().last(1).keepLabel("release"))).isEmpty();
        assertThat(removed(rules().last(1).keepLabel("release=1"))).containsExactly("expired");
    }

    @Test
    void a_diffs_parents_stay_with_it_whichever_sandbox_needs_them() {
        have(
                full("full", "a"),
                diff("d1", "a", "full").minute(1),
                diff("d2", "a", "d1").minute(2),
                full("alone", "a").minute(3),
                full("last", "a").minute(4),
                diff("forked", "b", "alone").minute(5));
        assertThat(removed(rules().last(1))).containsExactly("full", "d1", "d2");
        assertThat(reasons(rules().last(1), "alone")).containsExactly("needed by forked");
        assertThat(removed(rules().olderThan(Duration.ofMinutes(10 * 60 - 2)))).isEmpty();
        assertThat(reasons(rules().olderThan(Duration.ofMinutes(10 * 60 - 2)), "full"))
                .containsExactly("needed by d1");
    }

    @Test
    void what_a_sandbox_has_gone_on_from_stays_expired_or_not() {
        have(full("here", "a").expiring(Duration.ZERO), full("new", "a").minute(1));
        positions = Map.of(new SnapshotId("here"), List.of(new SandboxName("b")));
        assertThat(removed(rules().last(1))).isEmpty();
        assertThat(reasons(rules().last(1), "here"))
                .containsExactly("expired 2026-01-02T03:04:05Z, but sandbox b has gone on from it");
    }

    @Test
    void what_a_snapshot_that_cannot_be_read_may_need_stays_with_what_that_needs() {
        have(
                full("full", "a"),
                diff("d1", "a", "full").minute(1),
                full("new", "a").minute(2));
        assertThat(removed(rules().last(1))).containsExactly("full", "d1");
        unreadable = Map.of(new SnapshotId("d1"), List.of(new SnapshotId("d2")));
        assertThat(removed(rules().last(1))).isEmpty();
        assertThat(reasons(rules().last(1), "d1")).containsExactly("may be needed by d2, which cannot be read");
        assertThat(reasons(rules().last(1), "full")).containsExactly("needed by d1");
    }

    @Test
    void children_go_before_what_they_need() {
        have(
                full("x", "a"),
                diff("y", "a", "x").minute(-1),
                diff("z", "a", "y").minute(-2),
                full("new", "a").minute(1));
        List<PruneDecision> decisions = retention(rules().last(1)).decide(_ -> true);
        assertThat(Retention.removalOrder(decisions))
                .extracting(s -> s.id().value())
                .containsExactly("z", "y", "x");
    }

    @Test
    void damaged_parents_that_need_each_other_stay() {
        have(diff("x", "a", "y"), diff("y", "a", "x"), full("new", "a").minute(1));
        assertThat(removed(rules().last(1))).isEmpty();
    }

    @Test
    void a_mark_limits_what_counts_and_what_can_go() {
        have(
                full("mine", "a"),
                full("c1", "a").minute(1).with("auto", "yes"),
                full("mine2", "a").minute(2),
                full("c2", "a").minute(3).with("auto", "yes"));
        RetentionRules rules = RetentionRules.last(1, LabelMatch.parse("auto=yes"));
        assertThat(removed(retention(rules).decide(_ -> true))).containsExactly("c1");
    }

    @Test
    void without_a_rule_nothing_can_be_decided() {
        assertThat(Failures.kindOf(() -> rules().build())).isEqualTo(ErrorKind.USAGE);
        assertThat(Failures.kindOf(() -> rules().keepLabel("x").build())).isEqualTo(ErrorKind.USAGE);
    }

    @Test
    void times_read_as_they_are_typed() {
        assertThat(Stream.of(Duration.ofDays(14), Duration.ofHours(36), Duration.ofMinutes(90), Duration.ofSeconds(61))
                        .map(Age::text))
                .containsExactly("14d", "36h", "90m", "61s");
    }

    private void have(SnapshotInfos... all) {
        snapshots.addAll(List.of(all));
    }

    private Retention retention(Rules rules) {
        return retention(rules.build());
    }

    private Retention retention(RetentionRules rules) {
        List<SnapshotInfo> all = snapshots.stream().map(SnapshotInfos::info).toList();
        return new Retention(rules, all, new Ties(positions, unreadable), NOW);
    }

    private List<String> removed(Rules rules) {
        return removed(retention(rules).decide(_ -> true));
    }

    private static List<String> removed(List<PruneDecision> decisions) {
        return decisions.stream()
                .filter(PruneDecision::remove)
                .map(d -> d.snapshot().id().value())
                .toList();
    }

    private List<String> reasons(Rules rules, String id) {
        return retention(rules).decide(_ -> true).stream()
                .filter(d -> d.snapshot().id().value().equals(id))
                .findFirst()
                .orElseThrow()
                .reasons();
    }

    private static Rules rules() {
        return new Rules(0, 0, 0, Optional.empty(), false, List.of(), ZoneOffset.UTC);
    }

    private record Rules(
            int lastN,
            int hourlyN,
            int dailyN,
            Optional<Duration> older,
            boolean onlyExpired,
            List<LabelMatch> labels,
            ZoneId zone) {
        Rules last(int n) {
            return new Rules(n, hourlyN, dailyN, older, onlyExpired, labels, zone);
        }

        Rules hourly(int n) {
            return new Rules(lastN, n, dailyN, older, onlyExpired, labels, zone);
        }

        Rules daily(int n) {
            return new Rules(lastN, hourlyN, n, older, onlyExpired, labels, zone);
        }

        Rules olderThan(Duration age) {
            return new Rules(lastN, hourlyN, dailyN, Optional.of(age), onlyExpired, labels, zone);
        }

        Rules expired() {
            return new Rules(lastN, hourlyN, dailyN, older, true, labels, zone);
        }

        Rules keepLabel(String label) {
            return new Rules(lastN, hourlyN, dailyN, older, onlyExpired, List.of(LabelMatch.parse(label)), zone);
        }

        Rules in(ZoneId other) {
            return new Rules(lastN, hourlyN, dailyN, older, onlyExpired, labels, other);
        }

        RetentionRules build() {
            return new RetentionRules(lastN, hourlyN, dailyN, older, onlyExpired, labels, Optional.empty(), zone);
        }
    }
}
