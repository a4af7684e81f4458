package dev.smolvm.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.SnapshotType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Snapshots of guests that gave up what they did not need of their memory. */
@ExtendWith(LabExtension.class)
@Tag("contract")
class TrimIT {
    private static final long READ_BYTES = 100L << 20;
    private static final String ASK = "echo ask > /run/ask; cat /run/answer";

    private final Lab lab;

    TrimIT(Lab lab) {
        this.lab = lab;
    }

    private SnapshotInfo save(Box box, SnapshotType type, boolean trimmed) {
        SnapshotRequest request = SnapshotRequest.live(box.name(), type);
        return lab.vm().snapshots().create(trimmed ? request.trimmingMemory() : request, Progress.NONE);
    }

    private static long saved(SnapshotInfo snapshot) {
        return snapshot.memorySize().orElseThrow().saved();
    }

    /** Tells the checksum of a variable of its own, whenever it is asked. */
    private static void startProcessWithMemory(Box box) {
        box.sh("mkfifo /run/ask /run/answer");
        box.background("v=$(head -c 3000000 /dev/urandom | od -An -tx1);"
                + " while read -r _ < /run/ask; do echo \"$v\" | md5sum > /run/answer; done");
    }

    @Test
    void takes_less_and_restores_files_and_processes_as_they_were() {
        Box box = lab.fresh();
        startProcessWithMemory(box);
        box.sh("head -c " + READ_BYTES
                + " /dev/urandom > /root/big; head -c 5000000 /dev/urandom > /dev/shm/kept; sync;"
                + " md5sum /root/big /dev/shm/kept > /root/sums");
        String memory = box.sh(ASK);
        SnapshotInfo whole = save(box, SnapshotType.FULL, false);

        SnapshotInfo trimmed = save(box, SnapshotType.FULL, true);

        assertThat(saved(whole)).isGreaterThan(READ_BYTES);
        assertThat(saved(trimmed)).isLessThan(saved(whole) - READ_BYTES * 9 / 10);
        assertThat(trimmed.notes()).singleElement().asString().contains("gave up", "cleared");
        assertThat(box.sh(ASK)).isEqualTo(memory);

        box.restore(trimmed.id());
        assertThat(box.sh(ASK)).isEqualTo(memory);
        box.sh("md5sum -c /root/sums");
        // What was free is used again: nothing that is in use may have been taken for it.
        box.sh("head -c 60000000 /dev/urandom > /dev/shm/more; md5sum -c /root/sums; rm /dev/shm/more");
        assertThat(box.sh(ASK)).isEqualTo(memory);

        SnapshotInfo again = save(box, SnapshotType.DIFF, true);
        assertThat(saved(again)).isLessThan(READ_BYTES / 2);
        box.restore(again.id());
        assertThat(box.sh(ASK)).isEqualTo(memory);
        box.sh("md5sum -c /root/sums");
    }

    @Test
    void memory_of_processes_that_ended_is_not_saved() {
        Box box = lab.fresh();
        box.sh("head -c 80000000 /dev/urandom > /dev/shm/gone; rm /dev/shm/gone");
        long whole = saved(save(box, SnapshotType.FULL, false));

        // A reserve of some 20 MiB is not cleared.
        assertThat(saved(save(box, SnapshotType.FULL, true))).isLessThan(whole - 40_000_000);
    }

    @Test
    void a_paused_guest_is_a_conflict_and_stays_as_it_is() {
        Box box = lab.fresh();
        lab.vm().sandboxes().pause(box.name());
        int layers = box.info().layers();

        SmolVmException refused = Failures.of(ErrorKind.CONFLICT, () -> save(box, SnapshotType.FULL, true));

        assertThat(refused).hasMessageContainingAll(box.name().value(), "paused", "trim");
        assertThat(refused.advice()).contains("sandbox resume", "--trim-memory");
        assertThat(box.info().layers()).isEqualTo(layers);
    }

    @Test
    void a_disk_snapshot_has_no_memory_to_trim() {
        Box box = lab.fresh();
        SmolVmException refused = Failures.of(ErrorKind.USAGE, () -> save(box, SnapshotType.DISK, true));
        assertThat(refused).hasMessageContaining("--trim-memory");
    }

    @Test
    void a_guest_that_cannot_do_it_is_saved_whole_with_a_note() {
        Box box = lab.fresh();
        // What the agent needs for it is hidden.
        box.sh("mount -t tmpfs none /proc/sys/vm");
        SnapshotInfo saved = save(box, SnapshotType.FULL, true);
        assertThat(saved.notes()).singleElement().asString().contains("was not trimmed");
        box.restore(saved.id());
        assertThat(box.sh("echo works")).isEqualTo("works");
    }
}
