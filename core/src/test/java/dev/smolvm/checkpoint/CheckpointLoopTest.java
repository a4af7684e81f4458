package dev.smolvm.checkpoint;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.history.PruneReport;
import dev.smolvm.history.RetentionRules;
import dev.smolvm.history.SampleRetention;
import dev.smolvm.sandbox.SandboxInfo;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.LabelMatch;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.testing.SandboxInfos;
import dev.smolvm.testing.SnapshotInfos;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CheckpointLoopTest {
    private static final SandboxName WEB = new SandboxName("web");
    private static final Duration EVERY = Duration.ofSeconds(10);

    private final FakeTarget target = new FakeTarget();
    private final FakeTicks ticks = new FakeTicks();
    private final List<String> events = new ArrayList<>();

    @AfterEach
    void noInterruptionIsLeft() {
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void the_first_is_taken_at_once_and_each_after_a_period_from_the_start() {
        target.takes = Duration.ofSeconds(3);
        CheckpointSummary summary = run(4, OptionalInt.empty());
        assertThat(target.startedAt).containsExactly(0L, 10L, 20L, 30L);
        assertThat(events).containsExactly("taken c0 diff", "taken c1 diff", "taken c2 diff", "taken c3 diff");
        assertThat(summary.taken()).isEqualTo(4);
        assertThat(summary.undone()).isFalse();
    }

    @Test
    void what_takes_longer_than_a_period_loses_some_but_shifts_none() {
        target.takes = Duration.ofSeconds(23);
        run(3, OptionalInt.empty());
        assertThat(target.startedAt).containsExactly(0L, 30L, 60L);
    }

    @Test
    void only_the_newest_are_kept_and_those_they_need() {
        int most = 0;
        CheckpointSummary summary = run(12, OptionalInt.of(3));
        for (int size : target.sizes) {
            most = Math.max(most, size);
        }
        assertThat(target.types().subList(0, 7))
                .containsExactly("c0 diff", "c1 diff", "c2 diff", "c3 full", "c4 diff", "c5 diff", "c6 full");
        assertThat(most).isEqualTo(5);
        assertThat(target.ids()).containsExactly("c9", "c10", "c11");
        assertThat(summary.removed()).isEqualTo(9);
        assertThat(summary.left()).extracting(s -> s.id().value()).containsExactly("c9", "c10", "c11");
    }

    @Test
    void to_keep_one_all_but_the_first_are_full_ones() {
        run(4, OptionalInt.of(1));
        assertThat(target.types()).containsExactly("c0 diff", "c1 full", "c2 full", "c3 full");
        assertThat(target.ids()).containsExactly("c3");
    }

    @Test
    void nobody_elses_snapshots_are_removed_and_what_they_need_stays() {
        target.add(SnapshotInfos.full("mine", "web").info());
        target.add(SnapshotInfos.full("other", "db")
                .with("smolvm.checkpoint", "auto")
                .info());
        target.after(
                1,
                () -> target.add(
                        SnapshotInfos.diff("branch", "web", "c0").minute(1).info()));
        target.position = Optional.of(new SnapshotId("mine"));
        run(6, OptionalInt.of(1));
        assertThat(target.ids()).containsExactly("mine", "other", "c0", "branch", "c5");
    }

    @Test
    void a_deleted_namesakes_checkpoints_stay_and_do_not_count() {
        target.sandboxId = "aaaaaaaaaaaa";
        run(2, OptionalInt.of(2));
        ticks.rounds = 0;
        target.sandboxId = SnapshotInfos.SANDBOX_ID;
        target.position = Optional.empty();
        run(3, OptionalInt.of(1));
        assertThat(target.ids()).containsExactly("c0", "c1", "c4");
    }

    @Test
    void an_earlier_runs_checkpoints_count() {
        run(2, OptionalInt.of(3));
        ticks.rounds = 0;
        run(2, OptionalInt.of(3));
        assertThat(target.types()).containsExactly("c0 diff", "c1 diff", "c2 diff", "c3 full");
    }

    @Test
    void a_busy_full_or_silent_sandbox_is_left_out_once() {
        target.fail(0, new SmolVmException(ErrorKind.CONFLICT, "sandbox web is busy", ""));
        target.fail(1, new SmolVmException(ErrorKind.NO_SPACE, "no space", ""));
        target.fail(2, new SmolVmException(ErrorKind.GUEST_UNRESPONSIVE, "silence", ""));
        CheckpointSummary summary = run(4, OptionalInt.empty());
        assertThat(events)
                .containsExactly("skipped sandbox web is busy", "skipped no space", "skipped silence", "taken c3 diff");
        assertThat(summary.skipped()).isEqualTo(3);
    }

    @Test
    void a_paused_sandbox_is_left_out() {
        target.status = SandboxStatus.PAUSED;
        run(2, OptionalInt.of(1));
        assertThat(events).containsExactly("skipped sandbox web is paused", "skipped sandbox web is paused");
    }

    @Test
    void it_ends_with_its_sandbox() {
        target.fail(1, new SmolVmException(ErrorKind.CONFLICT, "sandbox web is stopped", ""));
        target.after(1, () -> target.status = SandboxStatus.STOPPED);
        assertThat(kindOf(() -> run(9, OptionalInt.empty()))).isEqualTo(ErrorKind.CONFLICT);
        assertThat(events).containsExactly("taken c0 diff");

        target.status = SandboxStatus.RUNNING;
        target.fail(2, new SmolVmException(ErrorKind.VM_DIED, "sandbox web has crashed", ""));
        assertThat(kindOf(() -> run(9, OptionalInt.empty()))).isEqualTo(ErrorKind.VM_DIED);

        target.gone = true;
        assertThat(kindOf(() -> run(9, OptionalInt.empty()))).isEqualTo(ErrorKind.NOT_FOUND);
    }

    @Test
    void an_interruption_ends_it_cleanly_and_one_that_is_being_taken_is_undone() {
        target.after(1, () -> Thread.currentThread().interrupt());
        target.fail(1, new SmolVmException(ErrorKind.INTERRUPTED, "interrupted", ""));
        CheckpointSummary summary = run(9, OptionalInt.empty());
        assertThat(summary.undone()).isTrue();
        assertThat(summary.taken()).isEqualTo(1);
    }

    @Test
    void whatever_failed_because_of_an_interruption_is_one() {
        target.after(0, () -> Thread.currentThread().interrupt());
        target.fail(0, new SmolVmException(ErrorKind.INTEGRITY, "a channel was closed", ""));
        assertThat(run(9, OptionalInt.empty()).undone()).isTrue();
    }

    @Test
    void an_interruption_while_old_ones_are_removed_ends_it_too() {
        target.thinFailure = Optional.of(new SmolVmException(ErrorKind.INTERRUPTED, "interrupted", ""));
        CheckpointSummary summary = run(9, OptionalInt.of(1));
        assertThat(summary.taken()).isEqualTo(1);
        assertThat(summary.undone()).isFalse();
    }

    @Test
    void too_often_or_without_memory_is_a_usage_error() {
        assertThat(kindOf(() ->
                        new CheckpointRequest(WEB, Duration.ofMillis(999), OptionalInt.empty(), SnapshotType.DIFF)))
                .isEqualTo(ErrorKind.USAGE);
        assertThat(kindOf(() -> new CheckpointRequest(WEB, EVERY, OptionalInt.empty(), SnapshotType.DISK)))
                .isEqualTo(ErrorKind.USAGE);
    }

    private CheckpointSummary run(int rounds, OptionalInt keep) {
        ticks.lastRound = rounds;
        CheckpointRequest request = new CheckpointRequest(WEB, EVERY, keep, SnapshotType.DIFF);
        return new CheckpointLoop(
                        request,
                        target,
                        new CheckpointListener() {
                            @Override
                            public void taken(SnapshotInfo checkpoint) {
                                events.add("taken " + checkpoint.id() + " "
                                        + checkpoint.type().label());
                            }

                            @Override
                            public void removed(SnapshotInfo checkpoint) {}

                            @Override
                            public void skipped(String why) {
                                events.add("skipped " + why);
                            }
                        },
                        ticks)
                .run();
    }

    /** Passes only when somebody sleeps or saves; is interrupted after so many rounds. */
    private static final class FakeTicks implements Ticks {
        private long now = 1_000;
        private int rounds;
        private int lastRound;

        @Override
        public long nanos() {
            return now;
        }

        @Override
        public void sleepUntil(long nanos) throws InterruptedException {
            assertThat(nanos).isGreaterThan(now);
            if (Thread.interrupted() || ++rounds == lastRound) {
                throw new InterruptedException();
            }
            now = nanos;
        }
    }

    private final class FakeTarget implements Target {
        private final List<SnapshotInfo> all = new ArrayList<>();
        private final List<String> types = new ArrayList<>();
        private final List<Integer> sizes = new ArrayList<>();
        private final List<Long> startedAt = new ArrayList<>();
        private final java.util.Map<Integer, SmolVmException> failures = new java.util.HashMap<>();
        private final java.util.Map<Integer, Runnable> happenings = new java.util.HashMap<>();
        private String sandboxId = SnapshotInfos.SANDBOX_ID;
        private Optional<SmolVmException> thinFailure = Optional.empty();
        private Optional<SnapshotId> position = Optional.empty();
        private SandboxStatus status = SandboxStatus.RUNNING;
        private Duration takes = Duration.ZERO;
        private boolean gone;
        private int saves;

        void add(SnapshotInfo snapshot) {
            all.add(snapshot);
        }

        void fail(int save, SmolVmException failure) {
            failures.put(save, failure);
        }

        /** Before the save with this number. */
        void after(int save, Runnable happening) {
            happenings.put(save, happening);
        }

        List<String> types() {
            return types;
        }

        List<String> ids() {
            return all.stream().map(s -> s.id().value()).toList();
        }

        @Override
        public SandboxInfo info() {
            if (gone) {
                throw new SmolVmException(ErrorKind.NOT_FOUND, "there is no sandbox web", "");
            }
            return SandboxInfos.of("web", status, position);
        }

        @Override
        public SnapshotInfo save(SnapshotType type) {
            int number = saves++;
            startedAt.add((ticks.now - 1_000) / 1_000_000_000);
            happenings.getOrDefault(number, () -> {}).run();
            if (failures.containsKey(number)) {
                throw failures.get(number);
            }
            ticks.now += takes.toNanos();
            String id = "c" + number;
            boolean diff = type == SnapshotType.DIFF && position.isPresent();
            SnapshotInfos next = diff
                    ? SnapshotInfos.diff(id, "web", position.get().value())
                    : new SnapshotInfos(
                            id,
                            "web",
                            SnapshotInfos.SANDBOX_ID,
                            type,
                            SnapshotInfos.START,
                            Optional.empty(),
                            dev.smolvm.snapshot.SnapshotNotes.NONE);
            SnapshotInfo saved = next.of(sandboxId)
                    .with("smolvm.checkpoint", "auto")
                    .minute(2 + number)
                    .info();
            all.add(saved);
            types.add(id + " " + type.label());
            position = Optional.of(saved.id());
            return saved;
        }

        @Override
        public List<SnapshotInfo> snapshots() {
            return all;
        }

        @Override
        public PruneReport thin(String ofSandbox, int keep) {
            if (thinFailure.isPresent()) {
                throw thinFailure.get();
            }
            RetentionRules rules = RetentionRules.last(keep, LabelMatch.parse("smolvm.checkpoint=auto"));
            PruneReport report = SampleRetention.apply(rules, all, WEB, ofSandbox, position);
            report.removed().forEach(d -> all.remove(d.snapshot()));
            sizes.add((int) all.stream().filter(s -> s.sandbox().equals(WEB)).count());
            return report;
        }
    }
}
