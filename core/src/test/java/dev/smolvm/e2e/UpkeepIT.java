package dev.smolvm.e2e;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.upkeep.CheckReport;
import dev.smolvm.upkeep.CheckRequest;
import dev.smolvm.upkeep.CompactReport;
import dev.smolvm.upkeep.CompactRequest;
import java.io.RandomAccessFile;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LabExtension.class)
class UpkeepIT {
    private final Lab lab;

    UpkeepIT(Lab lab) {
        this.lab = lab;
    }

    private void assertInOrder() {
        CheckReport report = lab.vm().upkeep().check(new CheckRequest(true, false), Progress.NONE);
        assertThat(report.findings()).isEmpty();
    }

    @Test
    void a_guest_finds_its_disk_as_it_was_after_its_layers_were_merged() {
        Box box = lab.fresh();
        List<SnapshotInfo> saved = new java.util.ArrayList<>();
        for (int i = 0; i < 4; i++) {
            box.sh("dd if=/dev/urandom of=/root/same bs=64k count=16; dd if=/dev/urandom of=/root/f" + i
                    + " bs=64k count=4; rm -f /root/f" + (i - 2) + "; sync");
            saved.add(box.save());
        }
        String sums = box.sh("md5sum /root/*");
        saved.subList(0, 3).forEach(s -> lab.vm().snapshots().delete(s.id()));
        assertThat(lab.vm()
                        .upkeep()
                        .compact(CompactRequest.everything(), Progress.NONE)
                        .skipped())
                .as("its VMM runs")
                .isNotEmpty();
        lab.vm().sandboxes().stop(box.name(), true);
        CompactReport report = lab.vm().upkeep().compact(CompactRequest.everything(), Progress.NONE);
        assertThat(report.changed())
                .extracting(c -> c.object().name())
                .contains("lab", saved.get(3).id().value());
        assertThat(report.freedBytes()).isPositive();
        assertInOrder();

        SnapshotId last = saved.get(3).id();
        lab.vm().snapshots().restore(new RestoreRequest(last, true, true).verified(), Progress.NONE);
        assertThat(box.sh("echo 3 > /proc/sys/vm/drop_caches; md5sum /root/*")).isEqualTo(sums);
        assertInOrder();
    }

    @Test
    void one_changed_bit_of_memory_is_found_before_anything_starts() throws Exception {
        Box box = lab.fresh();
        SnapshotInfo saved = box.save();
        long pid = box.vmm().pid();
        try (RandomAccessFile memory =
                new RandomAccessFile(saved.memoryPath().orElseThrow().toFile(), "rw")) {
            memory.seek(memory.length() / 3);
            int value = memory.read();
            memory.seek(memory.length() / 3);
            memory.write(value ^ 1);
        }
        RestoreRequest request = new RestoreRequest(saved.id(), true, true).verified();
        assertThat(kindOf(() -> lab.vm().snapshots().restore(request, Progress.NONE)))
                .isEqualTo(ErrorKind.INTEGRITY);
        assertThat(box.vmm().pid()).isEqualTo(pid);
        assertThat(box.status()).isEqualTo(SandboxStatus.RUNNING);
        assertThat(lab.vm()
                        .snapshots()
                        .verify(List.of(saved.id(), Lab.BASE), Progress.NONE)
                        .intact())
                .containsExactly(Lab.BASE);
    }
}
