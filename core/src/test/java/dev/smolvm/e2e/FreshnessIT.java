package dev.smolvm.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.smolvm.Progress;
import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import dev.smolvm.guest.Guest;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotType;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A guest that stood still has the right time and fresh random numbers when it goes on. */
@ExtendWith(LabExtension.class)
@Tag("contract")
class FreshnessIT {
    /** Longer than the error that is allowed, so that a clock that was not set shows. */
    private static final Duration STOOD_STILL = Duration.ofSeconds(3);

    private final Lab lab;

    FreshnessIT(Lab lab) {
        this.lab = lab;
    }

    @Fault(Case.F16)
    @Test
    void the_clock_is_right_after_a_restore() throws Exception {
        Box box = lab.fresh();
        SnapshotInfo saved = box.save();
        Thread.sleep(STOOD_STILL);

        box.restore(saved.id());
        assertClock(box);

        Thread.sleep(STOOD_STILL);
        lab.vm().snapshots().restore(new RestoreRequest(saved.id(), false, true), Progress.NONE);
        Thread.sleep(STOOD_STILL);
        lab.vm().sandboxes().resume(box.name());
        assertClock(box);
    }

    @Fault(Case.F16)
    @Test
    void the_clock_is_right_after_a_pause() throws Exception {
        Box box = lab.fresh();
        lab.vm().sandboxes().pause(box.name());
        Thread.sleep(STOOD_STILL);
        lab.vm().sandboxes().resume(box.name());
        assertClock(box);

        // Left paused by a snapshot, too.
        box.save(SnapshotType.FULL, false);
        Thread.sleep(STOOD_STILL);
        lab.vm().sandboxes().resume(box.name());
        assertClock(box);
    }

    private static void assertClock(Box box) {
        try (Guest guest = box.connect()) {
            Instant guestClock = guest.ping(Duration.ofSeconds(5)).clock();
            assertThat(Duration.between(guestClock, Instant.now()).toMillis()).isCloseTo(0, within(1_000L));
        }
        assertThat(box.number("date +%s")).isCloseTo(Instant.now().getEpochSecond(), within(1L));
    }

    /** All from the kernel's one generator, which also answers getrandom(2). */
    @Fault(Case.F17)
    @Test
    void random_numbers_differ_between_two_restores_of_one_snapshot() {
        Box box = lab.fresh();
        // A generator in use has numbers in store, which must not come out twice.
        box.sh("head -c 1000 /dev/urandom | md5sum");
        SnapshotInfo saved = box.save();
        List<String> drawn = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            box.restore(saved.id());
            drawn.add(box.sh("head -c 16 /dev/urandom | md5sum"));
            drawn.add(box.sh("head -c 16 /dev/random | md5sum"));
            drawn.add(box.sh("cat /proc/sys/kernel/random/uuid"));
        }
        assertThat(drawn).doesNotHaveDuplicates();
    }
}
