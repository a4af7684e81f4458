package dev.smolvm.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A diff snapshot stores what changed since its parent, and restores all of it. */
@ExtendWith(LabExtension.class)
@Tag("contract")
class DiffIT {
    private static final String SUMS = "cat /dev/shm/* | md5sum; cat /root/f* | md5sum; cat /run/step";

    private final Lab lab;

    DiffIT(Lab lab) {
        this.lab = lab;
    }

    /** Changes memory (random, and what was random becomes zero) and disk. */
    private static void change(Box box, int step) {
        box.sh(
                """
                head -c 3000000 /dev/urandom > /dev/shm/m%1$d
                head -c 2000000 /dev/urandom > /root/f%1$d
                [ ! -f /dev/shm/m%2$d ] || dd if=/dev/zero of=/dev/shm/m%2$d bs=1000000 count=2 conv=notrunc 2>/dev/null
                echo %1$d > /run/step
                """
                        .formatted(step, step - 1));
    }

    /** On Firecracker a snapshot holds a copy of the disk too. */
    @Tag("qemu")
    @Test
    void ten_steps_of_five_megabytes_take_less_than_a_hundred_and_fifty() {
        Box box = lab.fresh();
        long taken = 0;
        for (int step = 1; step <= 10; step++) {
            box.sh("head -c 5242880 /dev/urandom > /dev/shm/step" + step);
            taken += box.save(SnapshotType.DIFF).ownBytes();
        }
        assertThat(taken).isBetween(50L << 20, 150L << 20);
    }

    @Test
    void a_chain_restores_exactly_at_every_link_and_stores_less_than_full_snapshots() {
        Box box = lab.fresh();
        List<SnapshotInfo> saved = new ArrayList<>();
        List<String> sums = new ArrayList<>();
        for (int step = 1; step <= 3; step++) {
            change(box, step);
            sums.add(box.sh(SUMS));
            saved.add(box.save(SnapshotType.DIFF));
        }
        long full = lab.vm().snapshots().info(Lab.BASE).ownBytes();

        assertThat(saved.get(0).parent()).contains(Lab.BASE);
        assertThat(saved.get(1).parent()).contains(saved.get(0).id());
        assertThat(saved.get(2).parent()).contains(saved.get(1).id());
        for (SnapshotInfo snapshot : saved) {
            assertThat(snapshot.notes()).isEmpty();
            assertThat(snapshot.ownBytes()).isBetween(5_000_000L, full * 2 / 3);
        }
        for (int link : new int[] {2, 0, 1}) {
            box.restore(saved.get(link).id());
            assertThat(box.sh(SUMS)).as("link %d", link).isEqualTo(sums.get(link));
        }
    }

    @Fault(Case.F11)
    @Test
    void a_parent_is_kept_while_a_diff_needs_it() {
        Box box = lab.fresh();
        SnapshotInfo parent = box.save();
        change(box, 1);
        String sums = box.sh(SUMS);
        SnapshotInfo child = box.save(SnapshotType.DIFF);

        SmolVmException refused =
                Failures.of(ErrorKind.HAS_DEPENDENTS, () -> lab.vm().snapshots().delete(parent.id()));

        assertThat(refused).hasMessageContaining(child.id().value());
        assertThat(lab.vm().snapshots().list(Optional.empty()))
                .extracting(SnapshotInfo::id)
                .containsExactly(Lab.BASE, parent.id(), child.id());
        box.restore(child.id());
        assertThat(box.sh(SUMS)).isEqualTo(sums);
        box.restore(parent.id());
        lab.vm().snapshots().delete(child.id());
        lab.vm().snapshots().delete(parent.id());
    }

    @Test
    void a_full_snapshot_after_a_diff_needs_no_parent() {
        Box box = lab.fresh();
        SnapshotInfo parent = box.save();
        change(box, 1);
        SnapshotInfo child = box.save(SnapshotType.DIFF);
        change(box, 2);
        String sums = box.sh(SUMS);
        SnapshotInfo full = box.save();

        lab.vm().snapshots().delete(child.id());
        lab.vm().snapshots().delete(parent.id());
        box.restore(full.id());

        assertThat(box.sh(SUMS)).isEqualTo(sums);
    }

    @Test
    void without_a_parent_it_says_so_and_restores() {
        Box box = lab.fresh();
        SnapshotInfo parent = box.save();
        lab.vm().snapshots().delete(parent.id());
        change(box, 1);
        String sums = box.sh(SUMS);

        SnapshotInfo saved = box.save(SnapshotType.DIFF);

        assertThat(saved.parent()).isEmpty();
        assertThat(saved.notes())
                .singleElement()
                .asString()
                .contains("no parent")
                .contains("image");
        box.sh("rm /dev/shm/m1 /root/f1");
        box.restore(saved.id());
        assertThat(box.sh(SUMS)).isEqualTo(sums);
    }

    @Test
    void after_a_restore_it_is_relative_to_what_was_restored() {
        Box box = lab.fresh();
        change(box, 1);
        SnapshotInfo first = box.save();
        change(box, 2);
        box.save();
        box.restore(first.id());
        change(box, 3);
        String sums = box.sh(SUMS);

        SnapshotInfo saved = box.save(SnapshotType.DIFF);

        assertThat(saved.parent()).contains(first.id());
        box.restore(first.id());
        lab.vm().snapshots().restore(new RestoreRequest(saved.id(), true, false), Progress.NONE);
        assertThat(box.sh(SUMS)).isEqualTo(sums);
    }

    @Test
    void of_a_restored_diff_is_a_link_more() {
        Box box = lab.fresh();
        change(box, 1);
        SnapshotInfo first = box.save(SnapshotType.DIFF);
        box.restore(first.id());
        change(box, 2);
        String sums = box.sh(SUMS);

        SnapshotInfo second = box.save(SnapshotType.DIFF);

        assertThat(second.parent()).contains(first.id());
        box.restore(first.id());
        box.restore(second.id());
        assertThat(box.sh(SUMS)).isEqualTo(sums);
    }
}
