package dev.smolvm.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.Command;
import dev.smolvm.sandbox.DriveRequest;
import dev.smolvm.sandbox.MountRequest;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.SandboxName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Extra drives and mounted directories: they work, and keep a sandbox from being saved. */
@ExtendWith(LabExtension.class)
class ExtraDisksIT {
    private static final String RAW = "raw content, all of it to be seen in the guest";
    /** Finds a disk by its serial number, as there is no udev. */
    private static final String DISK =
            "for d in /sys/block/vd*; do [ \"$(cat $d/serial)\" != %s ] || echo /dev/${d##*/}; done";

    private final Lab lab;

    @TempDir
    Path dir;

    ExtraDisksIT(Lab lab) {
        this.lab = lab;
    }

    private Box boot(String name, List<DriveRequest> drives, List<MountRequest> mounts) {
        SandboxRequest standard = SandboxRequest.of(Lab.IMAGE);
        return lab.boot(new SandboxRequest(
                Optional.of(new SandboxName(name)),
                standard.image(),
                standard.memoryMib(),
                standard.cpus(),
                standard.diskBytes(),
                standard.backend(),
                standard.accelerator(),
                standard.network(),
                drives,
                mounts,
                standard.bootTimeout(),
                standard.sshKey()));
    }

    @Test
    void drives_appear_in_the_guest_and_keep_it_from_being_saved() throws Exception {
        Path raw = dir.resolve("raw.img");
        Files.write(raw, Arrays.copyOf(RAW.getBytes(), 4 << 20));
        Path qcow2 = dir.resolve("disk.qcow2");
        Command.of("qemu-img", "create", "-f", "qcow2", qcow2.toString(), "64M").check();
        Box box = boot("drives", List.of(new DriveRequest(raw, true), new DriveRequest(qcow2, false)), List.of());
        try {
            String first = box.sh(DISK.formatted("drive0"));
            String second = box.sh(DISK.formatted("drive1"));
            assertThat(box.sh("head -c " + RAW.length() + " " + first)).isEqualTo(RAW);
            assertThat(box.sh("cat /sys/block/" + first.substring(5) + "/ro")).isEqualTo("1");
            assertThat(box.number("blockdev --getsize64 " + second)).isEqualTo(64L << 20);
            box.sh("dd if=/bin/busybox of=" + second + " bs=1000 count=1 conv=fsync 2>/dev/null");
            assertThat(box.sh("dd if=%s bs=1000 count=1 2>/dev/null | md5sum".formatted(second)))
                    .isEqualTo(box.sh("head -c 1000 /bin/busybox | md5sum"));
            assertThat(box.info().drives()).hasSize(2);
            assertNotSaved(box, "drive", "file upload");
        } finally {
            lab.delete(box.name());
        }
        // The guest's writes are in the user's own file.
        Command.of(
                        "qemu-img",
                        "convert",
                        "-f",
                        "qcow2",
                        "-O",
                        "raw",
                        qcow2.toString(),
                        dir.resolve("out").toString())
                .check();
        assertThat(Files.readAllBytes(dir.resolve("out"))).startsWith(0x7f, 'E', 'L', 'F');
        assertThat(Files.readString(raw)).startsWith(RAW);
    }

    @Test
    void a_mounted_directory_is_the_guests_own_copy_and_keeps_it_from_being_saved() throws Exception {
        Path host = Files.createDirectories(dir.resolve("host/sub")).getParent();
        Files.writeString(host.resolve("file"), "from the host");
        Files.writeString(host.resolve("sub/deep"), "deep");
        Box box = boot("mounts", List.of(), List.of(new MountRequest(host, "/work")));
        try {
            assertThat(box.sh("cat /work/file /work/sub/deep")).isEqualTo("from the hostdeep");
            box.sh("echo changed > /work/file; echo new > /work/new; rm /work/sub/deep; sync");
            assertThat(box.sh("cat /work/file /work/new")).isEqualTo("changed\nnew");
            assertThat(host.resolve("file")).hasContent("from the host");
            assertThat(host.resolve("sub/deep")).hasContent("deep");
            assertThat(host.resolve("new")).doesNotExist();
            assertNotSaved(box, "mounted", "file upload -r");

            lab.vm().sandboxes().stop(box.name(), false);
            lab.vm().sandboxes().start(box.name(), SandboxRequest.DEFAULT_BOOT_TIMEOUT, Progress.NONE);
            assertThat(box.sh("cat /work/file /work/new")).isEqualTo("changed\nnew");
        } finally {
            lab.delete(box.name());
        }
    }

    private void assertNotSaved(Box box, String reason, String wayOut) throws Exception {
        Path file = lab.vm().store().layout().sandboxFile(box.name());
        String record = Files.readString(file);
        try (Monitor monitor = box.monitor()) {
            for (SnapshotType type : SnapshotType.values()) {
                SmolVmException refused = Failures.of(ErrorKind.UNSUPPORTED, () -> box.save(type));
                assertThat(refused.kind().exitCode()).isEqualTo(11);
                assertThat(refused)
                        .hasMessageContaining(reason)
                        .hasMessageContaining(box.name().value());
                assertThat(refused.advice()).contains(wayOut);
            }
            assertThat(monitor.events()).isEmpty();
        }
        assertThat(file).hasContent(record);
        assertThat(box.status()).isEqualTo(SandboxStatus.RUNNING);
        assertThat(lab.vm().snapshots().list(Optional.of(box.name()))).isEmpty();
    }
}
