package dev.smolvm.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.sandbox.DriveRequest;
import dev.smolvm.sandbox.MountRequest;
import dev.smolvm.sandbox.NetworkMode;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.SandboxName;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What differs on Firecracker. */
@ExtendWith(LabExtension.class)
@Tag("firecracker")
class FirecrackerIT {
    private final Lab lab;

    @TempDir
    Path dir;

    FirecrackerIT(Lab lab) {
        this.lab = lab;
    }

    @Test
    void a_disk_snapshot_is_refused_and_the_others_are_named() {
        Box box = lab.fresh();
        SmolVmException refused = Failures.of(ErrorKind.UNSUPPORTED, () -> box.save(SnapshotType.DISK));
        assertThat(refused.kind().exitCode()).isEqualTo(11);
        assertThat(refused.advice()).contains("full").contains("diff");
        assertThat(box.status()).isEqualTo(SandboxStatus.RUNNING);
        assertThat(box.sh("echo works")).isEqualTo("works");
    }

    @Test
    void a_raw_drive_and_a_mounted_directory_are_in_the_guest() throws Exception {
        Path raw = dir.resolve("raw.img");
        Files.write(raw, Arrays.copyOf("raw content".getBytes(StandardCharsets.UTF_8), 1 << 20));
        Path tree = Files.createDirectory(dir.resolve("tree"));
        Files.writeString(tree.resolve("file"), "mounted");
        SandboxRequest standard = SandboxRequest.of(Lab.IMAGE);
        Box box = lab.boot(new SandboxRequest(
                Optional.of(new SandboxName("more-disks")),
                standard.image(),
                256,
                1,
                standard.diskBytes(),
                standard.backend(),
                standard.accelerator(),
                NetworkMode.NONE,
                List.of(new DriveRequest(raw, true)),
                List.of(new MountRequest(tree, "/data")),
                standard.bootTimeout(),
                standard.sshKey()));
        try {
            assertThat(box.sh("cat /data/file; echo changed > /data/file")).isEqualTo("mounted");
            // In the machine's order: the root disk, what is mounted, the drives.
            assertThat(box.sh("head -c 11 /dev/vdc; cat /sys/block/vdc/ro")).isEqualTo("raw content1");
            assertThat(tree.resolve("file")).hasContent("mounted");
            Failures.of(ErrorKind.UNSUPPORTED, box::save);
        } finally {
            lab.delete(box.name());
        }
    }

    @Test
    void a_vm_that_dies_while_its_memory_is_written() throws Exception {
        Box box = lab.fresh();
        box.sh("echo kept > /root/file; sync");
        ProcessIdentity vmm = box.vmm();
        Path memory = lab.vm().store().layout().capture(box.name()).resolve("memory");
        CompletableFuture<SmolVmException> save =
                CompletableFuture.supplyAsync(() -> Failures.of(ErrorKind.VM_DIED, box::save));
        Box.await("memory is written", () -> Files.exists(memory));
        vmm.kill();
        save.get(30, TimeUnit.SECONDS);

        assertThat(box.status()).isEqualTo(SandboxStatus.CRASHED);
        assertThat(lab.vm().snapshots().list(Optional.of(box.name())))
                .extracting(SnapshotInfo::id)
                .containsExactly(Lab.BASE);
        assertThat(memory.getParent()).doesNotExist();
        box.restore(Lab.BASE);
        box.sh("true");
    }
}
