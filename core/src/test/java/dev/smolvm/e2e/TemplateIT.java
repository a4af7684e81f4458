package dev.smolvm.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.smolvm.Progress;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import dev.smolvm.faults.Injections;
import dev.smolvm.sandbox.BackendChoice;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.store.SandboxName;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Sandboxes that were not booted, but restored from a template of their image. */
@ExtendWith(LabExtension.class)
@Tag("contract")
class TemplateIT {
    private static final List<SandboxName> NAMES =
            Stream.of("made-a", "made-b").map(SandboxName::new).toList();

    private final Lab lab;

    TemplateIT(Lab lab) {
        this.lab = lab;
    }

    @AfterEach
    void remove() {
        NAMES.forEach(lab::delete);
    }

    private Box create(SandboxName name) {
        return lab.create(SandboxRequest.of(Lab.IMAGE).named(name.value()));
    }

    /** The lab's own sandbox has made the template, and is the first that came from it. */
    @Fault(Case.F17)
    @Test
    void have_identities_of_their_own_and_the_right_time() {
        List<Box> all = List.of(lab.fresh(), create(NAMES.get(0)), create(NAMES.get(1)));
        for (String own : List.of(
                "cat /etc/machine-id",
                "hostname",
                "cat /sys/class/net/eth0/address",
                "head -c 16 /dev/urandom | md5sum",
                "cat /proc/sys/kernel/random/uuid")) {
            assertThat(all.stream().map(box -> box.sh(own))).as(own).doesNotHaveDuplicates();
            Injections.record(Case.F17, "3 sandboxes of one template: " + own, "all differ");
        }
        for (Box box : all.subList(1, 3)) {
            assertThat(box.sh("hostname")).isEqualTo(box.name().value());
            assertThat(box.number("date +%s")).isCloseTo(Instant.now().getEpochSecond(), within(1L));
            assertThat(box.info().parent()).isEmpty();
        }
    }

    @Test
    void get_the_disk_that_was_asked_for() {
        SandboxRequest like = SandboxRequest.of(Lab.IMAGE);
        Box large = lab.create(new SandboxRequest(
                java.util.Optional.of(NAMES.get(0)),
                like.image(),
                like.memoryMib(),
                like.cpus(),
                OptionalLong.of(5L << 30),
                BackendChoice.AUTO,
                like.accelerator(),
                like.network(),
                like.drives(),
                like.mounts(),
                like.bootTimeout(),
                like.sshKey()));
        assertThat(large.number("cat /sys/block/vda/size")).isEqualTo(5L << 21);
        assertThat(large.number("df -m / | awk 'END { print $2 }'")).isGreaterThan(4_500);
        assertThat(large.info().diskBytes()).isEqualTo(5L << 30);
        // What lies beyond the image's size is really there.
        large.sh("fallocate -l 3G /root/large && echo end >> /root/large && sync && tail -c 4 /root/large");
        SnapshotInfo saved = large.save();
        large.restore(saved.id());
        assertThat(large.number("df -m / | awk 'END { print $2 }'")).isGreaterThan(4_500);
    }

    /** Its guest's kernel was told the name of the sandbox that became the template. */
    @Tag("qemu")
    @Test
    void are_still_themselves_after_a_reboot() throws InterruptedException {
        Box box = create(NAMES.get(0));
        String machine = box.sh("cat /etc/machine-id");
        String boot = box.sh("cat /proc/sys/kernel/random/boot_id");
        box.sh("(sleep 0.2; reboot -f) >/dev/null 2>&1 &");
        String now = boot;
        for (int i = 0; i < 100 && now.equals(boot); i++) {
            Thread.sleep(300);
            try {
                now = box.sh("cat /proc/sys/kernel/random/boot_id");
            } catch (SmolVmException e) {
                // Not yet.
            }
        }
        assertThat(now).isNotEqualTo(boot);
        assertThat(box.sh("hostname; cat /etc/hostname; cat /etc/machine-id"))
                .isEqualTo(box.name() + "\n" + box.name() + "\n" + machine);
    }

    @Test
    void live_on_as_any_other() {
        Box box = create(NAMES.get(0));
        box.sh("echo kept > /root/file; echo 1 > /run/memory");
        String address = box.sh("cat /sys/class/net/eth0/address");
        SnapshotInfo saved = box.save();
        box.sh("rm /root/file /run/memory");
        box.restore(saved.id());
        assertThat(box.sh("cat /root/file /run/memory")).isEqualTo("kept\n1");

        lab.vm().sandboxes().stop(box.name(), false);
        lab.vm().sandboxes().start(box.name(), SandboxRequest.DEFAULT_BOOT_TIMEOUT, Progress.NONE);
        assertThat(box.sh("cat /root/file; hostname; cat /sys/class/net/eth0/address"))
                .isEqualTo("kept\n" + box.name() + "\n" + address);
    }
}
