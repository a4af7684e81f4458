package dev.smolvm.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import dev.smolvm.faults.Form;
import dev.smolvm.faults.Injections;
import dev.smolvm.image.ImageRequest;
import dev.smolvm.image.Images;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.os.ProcessesIn;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.BlobCollector;
import dev.smolvm.store.SnapshotId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A restore puts a sandbox back, whatever has become of it. */
@ExtendWith(LabExtension.class)
@Tag("contract")
class RestoreIT {
    private static final String COUNTER =
            """
            exec 3>/root/open.txt 4>/root/unlinked.txt
            rm /root/unlinked.txt
            i=0
            while :; do
                i=$((i+1))
                echo $i >&3
                echo $i >&4
                echo $i > /run/count.next; mv /run/count.next /run/count
                sleep 0.02
            done
            """;

    private final Lab lab;

    RestoreIT(Lab lab) {
        this.lab = lab;
    }

    @Test
    @Tag("qemu")
    void a_restored_guest_can_reboot() throws Exception {
        Box box = lab.fresh();
        box.reboot();
    }

    @Test
    @Tag("qemu")
    void a_command_under_which_the_guest_reboots_ends() {
        Box box = lab.fresh();
        assertThat(Failures.of(ErrorKind.GUEST_UNRESPONSIVE, () -> box.sh("sleep 0.5; reboot -f; sleep 1000")))
                .hasMessageContaining("the guest restarted");
        assertThat(box.sh("echo back")).isEqualTo("back");
    }

    @Test
    void a_process_goes_on_with_its_memory_and_open_files_in_a_new_vmm() throws Exception {
        Box box = lab.fresh();
        long process = box.background(COUNTER);
        Box.await("the counter runs", () -> box.number("cat /run/count 2>/dev/null || echo 0") > 10);
        ProcessIdentity before = box.vmm();

        long savedAtLeast = box.number("cat /run/count");
        SnapshotInfo saved = box.save();
        long savedAtMost = box.number("cat /run/count");
        box.sh("kill -9 " + process + "; rm /root/open.txt; sync; rm /run/count; sync");
        box.restore(saved.id());

        long resumed = box.number("cat /run/count");
        assertThat(resumed).isBetween(savedAtLeast, savedAtMost + 200);
        Box.await("the counter goes on", () -> box.number("cat /run/count") > resumed + 10);
        assertThat(box.vmm()).isNotEqualTo(before);
        assertThat(before.alive()).isFalse();
        // Every number once and in order: nothing that was written before or after is lost or written twice.
        String inOrder = "kill -STOP %1$d; awk '$1 != NR { exit 1 } END { print NR }' %2$s && kill -CONT %1$d";
        assertThat(box.number(inOrder.formatted(process, "/root/open.txt"))).isGreaterThan(resumed);
        assertThat(box.number(inOrder.formatted(process, "/proc/" + process + "/fd/4")))
                .isGreaterThan(resumed);
    }

    @Test
    void large_files_in_memory_and_on_disk_are_as_they_were() {
        Box box = lab.fresh();
        box.sh("head -c 16000000 /dev/urandom > /dev/shm/a; head -c 16000000 /dev/urandom > /root/b");
        String hashes = "cat /dev/shm/a | md5sum; cat /root/b | md5sum";
        String before = box.sh(hashes);
        // Not synced: what the guest has only in its page cache is restored with its memory.
        SnapshotInfo saved = box.save();
        box.sh("head -c 16000000 /dev/zero > /dev/shm/a; head -c 16000000 /dev/urandom > /root/b; sync");
        assertThat(box.sh(hashes)).isNotEqualTo(before);

        box.restore(saved.id());

        assertThat(box.sh(hashes)).isEqualTo(before);
        assertThat(box.sh("echo 3 > /proc/sys/vm/drop_caches; sync; echo 3 > /proc/sys/vm/drop_caches; " + hashes))
                .isEqualTo(before);
    }

    @Test
    @Tag("qemu")
    void what_the_guest_touches_first_is_written_down_once_and_does_no_harm_when_damaged() throws Exception {
        Box box = lab.fresh();
        box.sh("echo kept > /run/memory");
        SnapshotInfo saved = box.save();
        Path list = lab.home().resolve("snapshots").resolve(saved.id().value()).resolve("working-set");
        assertThat(list).doesNotExist();
        box.restore(saved.id());
        String first = Files.readString(list);
        assertThat(first.lines().count()).isGreaterThan(10);

        box.restore(saved.id());
        assertThat(box.sh("cat /run/memory")).isEqualTo("kept");
        assertThat(list).hasContent(first);
        Files.writeString(list, "damaged");
        box.restore(saved.id());
        assertThat(box.sh("cat /run/memory")).isEqualTo("kept");
    }

    /** What may have become of a sandbox by the time it is restored. */
    private enum Fate {
        RUNNING,
        PAUSED,
        STOPPED,
        CRASHED,
        POWERED_OFF,
        DELETED
    }

    @ParameterizedTest
    @EnumSource
    void whatever_became_of_the_sandbox(Fate fate) throws Exception {
        Box box = lab.fresh();
        box.sh("echo kept > /root/file; echo kept > /run/memory");
        SnapshotInfo saved = box.save();
        box.sh("rm /root/file /run/memory; sync");
        Optional<ProcessIdentity> before = Optional.of(box.vmm());
        suffer(fate, box);

        var restored = box.restore(saved.id());

        assertThat(restored.status()).isEqualTo(SandboxStatus.RUNNING);
        assertThat(box.sh("cat /root/file /run/memory")).isEqualTo("kept\nkept");
        assertThat(before.get().alive()).isFalse();
        assertThat(vmms()).containsExactly(box.vmm().pid());
    }

    private void suffer(Fate fate, Box box) throws InterruptedException {
        switch (fate) {
            case RUNNING -> {}
            case PAUSED -> lab.vm().sandboxes().pause(box.name());
            case STOPPED -> lab.vm().sandboxes().stop(box.name(), false);
            case CRASHED -> box.vmm().kill();
            case POWERED_OFF -> {
                box.background("sleep 0.2; poweroff");
                Box.await("the guest is off", () -> box.status() == SandboxStatus.STOPPED);
            }
            case DELETED -> lab.vm().sandboxes().delete(box.name(), true);
        }
    }

    /** The VMMs of the lab's store. */
    private Stream<Long> vmms() throws IOException {
        return ProcessesIn.directory(lab.home()).stream()
                .map(ProcessIdentity::pid)
                .filter(RestoreIT::isVmm);
    }

    private static boolean isVmm(long pid) {
        try {
            String name = Files.readString(Path.of("/proc/" + pid + "/comm"));
            return name.startsWith("qemu") || name.startsWith("firecracker");
        } catch (IOException e) {
            return false;
        }
    }

    @Fault(Case.F11)
    @Test
    void a_full_snapshot_needs_neither_its_image_nor_any_other_snapshot() throws Exception {
        Box box = lab.fresh();
        SnapshotInfo parent = box.save();
        box.sh("echo kept > /root/file");
        SnapshotInfo saved = box.save();
        assertThat(saved.parent()).contains(parent.id());
        Path image = lab.vm().store().layout().imageManifest(Lab.IMAGE);
        byte[] manifest = Files.readAllBytes(image);

        lab.vm().snapshots().delete(parent.id());
        lab.vm().images().remove(Lab.IMAGE);
        try {
            lab.vm().sandboxes().delete(box.name(), true);
            new BlobCollector(lab.vm().store()).collect();
            box.restore(saved.id());
            assertThat(box.sh("cat /root/file")).isEqualTo("kept");
            // The image's own layer is still there: everything on it can be read.
            box.sh("echo 3 > /proc/sys/vm/drop_caches; find /bin /etc -type f -exec cat {} + > /dev/null");
        } finally {
            Files.createDirectory(image.getParent());
            Files.write(image, manifest);
        }
        Failures.of(ErrorKind.CONFLICT, () -> lab.vm()
                .images()
                .build(new ImageRequest.Tiny(Lab.IMAGE), Images.IfExists.FAIL, Progress.NONE, _ -> {}));
    }

    @Test
    void leaves_the_sandbox_paused_unless_told_to_resume() {
        Box box = lab.fresh();
        SnapshotInfo saved = box.save();

        assertThat(lab.vm()
                        .snapshots()
                        .restore(new RestoreRequest(saved.id(), false, false), Progress.NONE)
                        .sandbox()
                        .status())
                .isEqualTo(SandboxStatus.PAUSED);
        assertThat(lab.vm().sandboxes().resume(box.name()).status()).isEqualTo(SandboxStatus.RUNNING);
        box.sh("true");

        assertThat(box.restore(saved.id()).status()).isEqualTo(SandboxStatus.RUNNING);
        box.sh("true");
    }

    @Test
    void a_second_restore_needs_force() {
        Box box = lab.fresh();
        SnapshotInfo saved = box.save();
        assertThat(saved.restored()).isFalse();
        lab.vm().snapshots().restore(new RestoreRequest(saved.id(), true, false), Progress.NONE);
        SnapshotInfo marked = lab.vm().snapshots().info(saved.id());
        assertThat(marked.restored()).isTrue();
        assertThat(marked.restoredSandbox()).contains(box.name());
        ProcessIdentity running = box.vmm();

        SmolVmException refused = Failures.of(
                ErrorKind.CONFLICT,
                () -> lab.vm().snapshots().restore(new RestoreRequest(saved.id(), true, false), Progress.NONE));

        assertThat(refused.advice()).contains("--force").contains(saved.id().value());
        assertThat(box.vmm()).isEqualTo(running);
        box.sh("true");
        lab.vm().snapshots().restore(new RestoreRequest(saved.id(), true, true), Progress.NONE);
        assertThat(box.vmm()).isNotEqualTo(running);
    }

    @Test
    void of_what_is_not_there_says_so() {
        Failures.of(ErrorKind.NOT_FOUND, () -> lab.vm()
                .snapshots()
                .restore(new RestoreRequest(new SnapshotId("nothing"), true, false), Progress.NONE));
    }

    @Fault(Case.F18)
    @Test
    void generations_of_save_and_restore_keep_every_file_and_count() {
        Box box = lab.fresh();
        box.sh("echo 0 > /run/rounds");
        int rounds = Form.of(4, 12);
        for (int round = 1; round <= rounds; round++) {
            box.sh(
                    "head -c 3000000 /dev/urandom > /root/disk%1$d; head -c 3000000 /dev/urandom > /dev/shm/memory%1$d; echo %1$d > /run/rounds"
                            .formatted(round));
            String everything = "cd /; cat /run/rounds; md5sum root/disk* dev/shm/memory*";
            String before = box.sh(everything);
            SnapshotInfo saved = box.save(round % 2 == 0 ? SnapshotType.DIFF : SnapshotType.FULL);
            box.sh("rm /root/disk* /dev/shm/memory*; echo x > /run/rounds; sync");
            box.restore(saved.id());
            assertThat(box.sh(everything)).as("round %d", round).isEqualTo(before);
            Injections.record(Case.F18, "write, save, spoil and restore", "every file as it was");
            assertThat(before.lines()).hasSize(1 + 2 * round);
        }
        // The image's, its template's, the base snapshot's, one a round, and the one that is written.
        assertThat(box.info().layers()).isEqualTo(Lab.onQemu() ? 4 + rounds : 1);
    }
}
