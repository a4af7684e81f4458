package dev.smolvm.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.checkpoint.CheckpointListener;
import dev.smolvm.checkpoint.CheckpointRequest;
import dev.smolvm.checkpoint.CheckpointSummary;
import dev.smolvm.checkpoint.GuardedRequest;
import dev.smolvm.checkpoint.GuardedResult;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.history.LineageNode;
import dev.smolvm.history.PruneDecision;
import dev.smolvm.history.PruneReport;
import dev.smolvm.history.RetentionRules;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.Label;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotNotes;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.SnapshotId;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Snapshots that are taken without being asked for one by one, what is written to them, and what becomes of them. */
@ExtendWith(LabExtension.class)
class CheckpointIT {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final Lab lab;

    CheckpointIT(Lab lab) {
        this.lab = lab;
    }

    @Test
    void a_guarded_command_keeps_what_succeeds_and_undoes_what_fails() {
        Box box = lab.fresh();
        long process = box.background("exec sleep 1000");
        Optional<SnapshotId> before = box.info().parent();

        GuardedResult good = guarded(box, true, "echo good > /root/file");
        assertThat(good.succeeded()).isTrue();
        assertThat(box.sh("cat /root/file")).isEqualTo("good");
        assertThat(onlyBase()).isTrue();
        assertThat(box.info().parent()).isEqualTo(before);

        GuardedResult bad = guarded(box, true, "rm /root/file; kill " + process + "; exit 3");
        assertThat(bad.ended().orElseThrow().shellCode()).isEqualTo(3);
        assertThat(bad.rolledBack()).isTrue();
        assertThat(box.sh("cat /root/file; kill -0 " + process + " && echo alive"))
                .isEqualTo("good\nalive");
        assertThat(onlyBase()).isTrue();
        assertThat(box.info().parent()).isEqualTo(before);

        // Against the snapshot that the sandbox had gone on from, not against nothing.
        SnapshotInfo diff = box.save(SnapshotType.DIFF);
        assertThat(diff.memoryParent()).isEqualTo(before);
    }

    @Test
    void a_vmm_that_is_killed_under_a_guarded_command_is_a_failure_that_is_undone() {
        Box box = lab.fresh();
        box.sh("echo precious > /root/file; sync");
        GuardedResult result = lab.vm()
                .guardedRun()
                .run(
                        request(box, true),
                        guest -> {
                            box.vmm().kill();
                            return guest.exec(ExecRequest.of("sleep", "1000"), ExecIo.none());
                        },
                        Progress.NONE);
        assertThat(result.failure()).isPresent();
        assertThat(result.rolledBack()).isTrue();
        assertThat(box.status()).isEqualTo(SandboxStatus.RUNNING);
        assertThat(box.sh("cat /root/file")).isEqualTo("precious");
    }

    @Test
    @Timeout(60)
    void a_guest_that_a_guarded_command_powers_off_is_put_back() {
        Box box = lab.fresh();
        box.sh("echo precious > /root/file");
        GuardedResult result = guarded(box, true, "rm /root/file; sync; echo o > /proc/sysrq-trigger; sleep 1000");
        assertThat(result.failure().orElseThrow().kind()).isEqualTo(ErrorKind.VM_DIED);
        assertThat(result.rolledBack()).isTrue();
        assertThat(box.sh("cat /root/file")).isEqualTo("precious");
    }

    @Test
    void checkpoints_are_taken_thinned_out_and_ended() {
        Box box = lab.fresh();
        List<String> events = new ArrayList<>();
        Thread self = Thread.currentThread();
        CheckpointSummary summary = lab.vm()
                .checkpoints()
                .run(
                        new CheckpointRequest(box.name(), SECOND, OptionalInt.of(1), SnapshotType.DIFF),
                        new CheckpointListener() {
                            private int taken;

                            @Override
                            public void taken(SnapshotInfo checkpoint) {
                                events.add(checkpoint.type().label());
                                box.sh("echo " + ++taken + " > /root/checkpoint");
                            }

                            @Override
                            public void removed(SnapshotInfo checkpoint) {
                                if (taken == 3) {
                                    self.interrupt();
                                }
                            }

                            @Override
                            public void skipped(String why) {
                                events.add(why);
                            }
                        },
                        Progress.NONE);
        assertThat(events).containsExactly("diff", "full", "full");
        assertThat(summary.taken()).isEqualTo(3);
        assertThat(summary.removed()).isEqualTo(2);
        assertThat(summary.left()).hasSize(1);
        SnapshotInfo last = summary.left().getFirst();
        assertThat(lab.vm().snapshots().list(Optional.empty()))
                .extracting(SnapshotInfo::id)
                .containsExactly(Lab.BASE, last.id());
        assertThat(last.labels()).containsEntry("smolvm.checkpoint", "auto");
        assertThat(box.status()).isEqualTo(SandboxStatus.RUNNING);
        box.restore(last.id());
        assertThat(box.sh("cat /root/checkpoint")).isEqualTo("2");
    }

    @Test
    void notes_come_into_being_with_their_snapshot_and_a_prune_acts_on_them() {
        Box box = lab.fresh();
        SnapshotNotes notes = SnapshotNotes.NONE
                .describedAs("for an hour")
                .with(new Label("step", "1"))
                .expiring(Optional.of(Instant.EPOCH));
        SnapshotInfo first = lab.vm()
                .snapshots()
                .create(SnapshotRequest.live(box.name(), SnapshotType.DIFF).with(notes), Progress.NONE);
        assertThat(first.written()).isEqualTo(notes);
        SnapshotInfo second = box.save(SnapshotType.DIFF);

        assertThat(lab.vm().history().lineage(Optional.of(box.name())).nodes())
                .extracting(LineageNode::key)
                .containsExactly(
                        "snapshot:base", "snapshot:" + first.id(), "snapshot:" + second.id(), "sandbox:" + box.name());

        RetentionRules expired =
                new RetentionRules(0, 0, 0, Optional.empty(), true, List.of(), Optional.empty(), ZoneOffset.UTC);
        PruneReport needed = lab.vm().history().prune(Optional.of(box.name()), expired, false, Progress.NONE);
        assertThat(needed.removed()).isEmpty();
        assertThat(needed.decisions())
                .filteredOn(d -> d.snapshot().id().equals(first.id()))
                .flatExtracting(PruneDecision::reasons)
                .containsExactly("needed by " + second.id());

        lab.vm().snapshots().annotate(second.id(), n -> n.expiring(Optional.of(Instant.EPOCH)));
        box.restore(Lab.BASE);
        PruneReport free = lab.vm().history().prune(Optional.of(box.name()), expired, false, Progress.NONE);
        assertThat(free.removed()).hasSize(2);
        assertThat(free.failed()).isEmpty();
        assertThat(onlyBase()).isTrue();
    }

    private GuardedResult guarded(Box box, boolean rollback, String script) {
        return lab.vm()
                .guardedRun()
                .run(
                        request(box, rollback),
                        guest -> guest.exec(ExecRequest.of("sh", "-ec", script), ExecIo.none()),
                        Progress.NONE);
    }

    private static GuardedRequest request(Box box, boolean rollback) {
        return new GuardedRequest(box.name(), Optional.empty(), rollback, false, Optional.empty());
    }

    private boolean onlyBase() {
        return lab.vm().snapshots().list(Optional.empty()).stream().allMatch(s -> s.id().equals(Lab.BASE));
    }
}
