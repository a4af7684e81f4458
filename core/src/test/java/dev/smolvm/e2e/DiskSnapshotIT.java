package dev.smolvm.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.FlushPolicy;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.SnapshotType;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Snapshots of the disk alone. */
@ExtendWith(LabExtension.class)
class DiskSnapshotIT {
    private final Lab lab;

    DiskSnapshotIT(Lab lab) {
        this.lab = lab;
    }

    private SnapshotInfo save(Box box, boolean liveOnly, FlushPolicy policy) {
        return save(box, SnapshotType.DISK, liveOnly, policy);
    }

    private SnapshotInfo save(Box box, SnapshotType type, boolean liveOnly, FlushPolicy policy) {
        return lab.vm()
                .snapshots()
                .create(
                        new SnapshotRequest(box.name(), Optional.empty(), type, false, liveOnly, policy),
                        Progress.NONE);
    }

    private List<SnapshotInfo> taken() {
        return lab.vm().snapshots().list(Optional.empty()).stream()
                .filter(s -> !s.id().equals(Lab.BASE))
                .toList();
    }

    @Test
    void holds_what_the_guest_had_not_written_out_yet_and_boots_fresh() {
        Box box = lab.fresh();
        box.sh("head -c 8000000 /dev/urandom > /root/file; md5sum /root/file > /root/sum; echo gone > /run/memory");
        String boot = box.sh("cat /proc/sys/kernel/random/boot_id");
        SnapshotInfo saved = box.save(SnapshotType.DISK);
        assertThat(saved.notes()).isEmpty();
        assertThat(saved.memoryPath()).isEmpty();
        assertThat(saved.statePath()).isEmpty();
        box.sh("rm /root/file /root/sum; sync");

        assertThat(box.restore(saved.id()).status()).isEqualTo(SandboxStatus.RUNNING);

        box.sh("md5sum -c /root/sum; [ ! -e /run/memory ]");
        assertThat(box.sh("cat /proc/sys/kernel/random/boot_id")).isNotEqualTo(boot);

        lab.vm().sandboxes().delete(box.name(), true);
        assertThat(lab.vm()
                        .snapshots()
                        .restore(new RestoreRequest(saved.id(), false, true), Progress.NONE)
                        .sandbox()
                        .status())
                .isEqualTo(SandboxStatus.PAUSED);
        lab.vm().sandboxes().resume(box.name());
        box.sh("md5sum -c /root/sum");
    }

    @ParameterizedTest
    @EnumSource
    void of_a_paused_guest_says_what_it_could_not_do(FlushPolicy policy) {
        Box box = lab.fresh();
        lab.vm().sandboxes().pause(box.name());

        if (policy == FlushPolicy.REQUIRED) {
            SmolVmException refused = Failures.of(ErrorKind.CONFLICT, () -> save(box, false, policy));
            assertThat(refused.advice()).contains("--flush-policy");
            assertThat(taken()).isEmpty();
        } else {
            assertThat(save(box, false, policy).notes())
                    .singleElement()
                    .asString()
                    .contains("power cut");
        }
        assertThat(box.status()).isEqualTo(SandboxStatus.PAUSED);
    }

    @Fault(Case.F23)
    @ParameterizedTest
    @EnumSource
    void of_a_guest_whose_agent_does_not_answer(FlushPolicy policy) throws Exception {
        Box box = lab.fresh();
        box.sh("echo synced > /root/file; sync");
        stopAgent(box);
        int layers = box.info().layers();

        if (policy == FlushPolicy.REQUIRED) {
            SmolVmException failed = Failures.of(ErrorKind.GUEST_UNRESPONSIVE, () -> save(box, false, policy));
            assertThat(failed.advice()).contains("--flush-policy");
            assertThat(taken()).isEmpty();
            assertThat(box.info().layers()).isEqualTo(layers);
            assertThat(box.status()).isEqualTo(SandboxStatus.RUNNING);
        } else {
            SnapshotInfo saved = save(box, false, policy);
            assertThat(saved.notes()).singleElement().asString().contains("power cut");
            assertThat(box.status()).isEqualTo(SandboxStatus.PAUSED);
            box.restore(saved.id());
            assertThat(box.sh("cat /root/file")).isEqualTo("synced");
        }
    }

    /** It has the guest's memory, so nothing is lost; but who looks at its disk alone may miss something. */
    @Test
    void a_snapshot_of_the_machine_says_that_its_guest_was_not_flushed() throws Exception {
        Box box = lab.fresh();
        stopAgent(box);

        SnapshotInfo saved = box.save(SnapshotType.FULL);

        assertThat(saved.notes()).singleElement().asString().contains("diff and copy");
        assertThat(save(box, SnapshotType.FULL, false, FlushPolicy.SKIP).notes())
                .isEmpty();
    }

    /** Stops every process of the agent but PID 1, so that all its ports are open and nobody answers. */
    private static void stopAgent(Box box) throws InterruptedException {
        box.background(
                """
                sleep 0.3
                kill -STOP $(ps -o pid,ppid,comm | awk '$2 == 1 && $3 == "init" { print $1 }')
                """);
        Thread.sleep(1_500);
    }

    @ParameterizedTest
    @EnumSource
    void live_only_never_stops_a_running_guest(FlushPolicy policy) throws Exception {
        Box box = lab.fresh();
        try (Monitor monitor = box.monitor()) {
            SnapshotInfo saved = save(box, true, policy);

            assertThat(saved.type()).isEqualTo(SnapshotType.DISK);
            assertThat(monitor.events()).doesNotContain("STOP", "RESUME");
            assertThat(monitor.status()).isEqualTo("running");
            // The events would have told: without --live-only there is one.
            save(box, false, policy);
            assertThat(monitor.events()).contains("STOP");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FULL", "DIFF"})
    void live_only_with_memory_is_refused_before_anything_is_touched(SnapshotType type) throws Exception {
        Box box = lab.fresh();
        String record = Files.readString(lab.vm().store().layout().sandboxFile(box.name()));
        try (Monitor monitor = box.monitor()) {
            SmolVmException refused = Failures.of(ErrorKind.USAGE, () -> save(box, type, true, FlushPolicy.REQUIRED));

            assertThat(refused.advice()).contains("--snapshot-type disk");
            assertThat(monitor.events()).doesNotContain("STOP", "MIGRATION");
        }
        assertThat(taken()).isEmpty();
        assertThat(lab.vm().store().layout().sandboxFile(box.name())).hasContent(record);
    }
}
