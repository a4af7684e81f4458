package dev.smolvm.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.TransferListener;
import dev.smolvm.guest.ssh.SshKeyPair;
import dev.smolvm.image.BootableDisk;
import dev.smolvm.image.ImageManifest.Firmware;
import dev.smolvm.image.ImageManifest.GuestOs;
import dev.smolvm.image.ImageRequest;
import dev.smolvm.image.Images;
import dev.smolvm.os.Command;
import dev.smolvm.os.ProcessesIn;
import dev.smolvm.sandbox.DriveRequest;
import dev.smolvm.sandbox.MountRequest;
import dev.smolvm.sandbox.PortForward;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Disks that users bring: they boot from their own boot loaders, and SSH is the only way in. */
class ImportedDiskIT {
    private static final SandboxName NAME = new SandboxName("mine");
    /**
     * Ends up in the firmware's flash, which is a disk of the sandbox too. Linux makes variables immutable, but not those with
     * this vendor id: its own crash dumps.
     */
    private static final String VARIABLE = "/sys/firmware/efi/efivars/test-cfc8fc79-be2e-4ddc-97f0-9f98bfe298a0";

    @TempDir
    private static Path dir;

    private static SmolVm vm;
    private static Path key;
    private static Path disk;

    private final Box box = new Box(vm, NAME);

    @BeforeAll
    static void make_the_disk() throws IOException {
        vm = SmolVm.open(dir.resolve("store"), Duration.ofSeconds(5));
        key = SshKeyPair.ensure(Files.createDirectory(dir.resolve("key")));
        disk = BootableDisk.make(dir, key.resolveSibling(key.getFileName() + ".pub"));
    }

    @AfterAll
    static void discard() throws IOException {
        Lab.discard(dir.resolve("store"));
    }

    @AfterEach
    void delete() {
        if (vm.sandboxes().list().stream().anyMatch(s -> s.name().equals(NAME))) {
            vm.sandboxes().delete(NAME, true);
        }
        vm.snapshots().list(Optional.empty()).reversed().forEach(s -> vm.snapshots()
                .delete(s.id()));
    }

    private static ImageName image(Path file, GuestOs os, Firmware firmware) {
        ImageName name = new ImageName("disk");
        return vm.images()
                .build(
                        new ImageRequest.Imported(name, file, os, firmware, "root"),
                        Images.IfExists.REPLACE,
                        Progress.NONE,
                        _ -> {})
                .name();
    }

    private void create(ImageName image, Duration bootTimeout, List<DriveRequest> drives, List<MountRequest> mounts) {
        SandboxRequest standard = SandboxRequest.of(image);
        vm.sandboxes()
                .create(
                        new SandboxRequest(
                                Optional.of(NAME),
                                image,
                                standard.memoryMib(),
                                standard.cpus(),
                                standard.diskBytes(),
                                standard.backend(),
                                standard.accelerator(),
                                standard.network(),
                                drives,
                                mounts,
                                bootTimeout,
                                Optional.of(key)),
                        Progress.NONE);
    }

    private void create(ImageName image) {
        create(image, SandboxRequest.DEFAULT_BOOT_TIMEOUT, List.of(), List.of());
    }

    @Test
    void from_uefi_a_qcow2_disk_is_saved_and_restored_with_its_firmware() throws Exception {
        Path qcow2 = dir.resolve("disk.qcow2");
        Command.of("qemu-img", "convert", "-f", "raw", "-O", "qcow2", "-c", disk.toString(), qcow2.toString())
                .check();
        create(image(qcow2, GuestOs.LINUX, Firmware.UEFI));
        files_arrive_and_come_back();
        setVariable("first");
        box.sh("echo first > /root/file");
        assertThatCountingGoesOnAfterARestore();
        assertThat(variable()).isEqualTo("first");

        setVariable("second");
        box.sh("echo second > /root/file");
        SnapshotInfo changes = box.save(SnapshotType.DIFF);
        assertThat(changes.parent()).isPresent();
        setVariable("third");
        box.sh("echo third > /root/file");
        box.restore(changes.id());
        assertThat(variable()).isEqualTo("second");
        assertThat(box.sh("cat /root/file")).isEqualTo("second");

        SnapshotInfo synced = box.save(SnapshotType.DISK);
        box.sh("echo fourth > /root/file; sync");
        box.restore(synced.id());
        assertThat(box.sh("cat /root/file")).isEqualTo("second");
        assertThat(variable()).isEqualTo("second");
        assertThat(box.info().status()).isEqualTo(SandboxStatus.RUNNING);
    }

    @Test
    void from_bios_a_raw_disk_is_saved_restored_rebooted_stopped_and_started() throws Exception {
        create(image(disk, GuestOs.LINUX, Firmware.BIOS));
        assertThat(box.sh("ls /sys/firmware")).doesNotContain("efi");
        PortForward port = vm.sandboxes().expose(NAME, OptionalInt.empty(), 22);
        box.sh("echo kept > /root/file");
        assertThatCountingGoesOnAfterARestore();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port.hostPort())) {
            assertThat(new String(socket.getInputStream().readNBytes(4), StandardCharsets.US_ASCII))
                    .isEqualTo("SSH-");
        }

        box.reboot();
        vm.sandboxes().stop(NAME, false);
        vm.sandboxes().start(NAME, SandboxRequest.DEFAULT_BOOT_TIMEOUT, Progress.NONE);
        assertThat(box.sh("cat /root/file; dmesg | grep -c 'recovery required' || :"))
                .isEqualTo("kept\n0");
    }

    @Test
    void memory_is_trimmed_over_ssh() throws Exception {
        create(image(disk, GuestOs.LINUX, Firmware.BIOS));
        box.sh("head -c 60000000 /dev/urandom > /root/read; sync; md5sum /root/read > /root/sum");
        long whole = box.save().memorySize().orElseThrow().saved();

        SnapshotInfo trimmed = vm.snapshots().create(SnapshotRequest.full(NAME).trimmingMemory(), Progress.NONE);

        assertThat(trimmed.notes()).singleElement().asString().contains("gave up", "cleared");
        assertThat(trimmed.memorySize().orElseThrow().saved()).isLessThan(whole - 50_000_000);
        assertThat(box.sh("grep -c zeros /proc/mounts || :")).isEqualTo("0");
        box.restore(trimmed.id());
        box.sh("md5sum -c /root/sum");
    }

    @Test
    void drives_and_mounts_reach_a_guest_over_ssh() throws Exception {
        Path drive = Files.writeString(dir.resolve("drive.raw"), "from the drive");
        try (RandomAccessFile file = new RandomAccessFile(drive.toFile(), "rw")) {
            file.setLength(1 << 20);
        }
        Path host = Files.createDirectory(dir.resolve("host"));
        Files.writeString(host.resolve("file"), "from the host");
        create(
                image(disk, GuestOs.LINUX, Firmware.BIOS),
                SandboxRequest.DEFAULT_BOOT_TIMEOUT,
                List.of(new DriveRequest(drive, true)),
                List.of(new MountRequest(host, "/mnt/the host's")));
        assertThat(box.sh("for disk in /sys/block/vd?; do echo $(cat $disk/serial); done"))
                .isEqualTo("root\nmount0\ndrive0");
        assertThat(box.sh("head -c 14 /dev/vdc; cat /sys/block/vdc/ro")).isEqualTo("from the drive1");
        assertThat(box.sh("cd \"/mnt/the host's\"; cat file; echo changed > file; cat file"))
                .isEqualTo("from the hostchanged");
        assertThat(host.resolve("file")).hasContent("from the host");
        SnapshotId saved = box.save().id();
        box.sh("echo again > \"/mnt/the host's/file\"; sync");
        box.restore(saved);
        assertThat(box.sh("cat \"/mnt/the host's/file\"; head -c 14 /dev/vdc")).isEqualTo("changed\nfrom the drive");
    }

    /** There is no Windows to be had: a Linux with the drivers that every Windows has. */
    @Test
    void a_windows_machine_has_the_devices_of_a_pc_and_is_not_saved() throws Exception {
        create(image(disk, GuestOs.WINDOWS, Firmware.UEFI));
        assertThat(box.sh("cat /proc/mounts")).contains("/dev/sda2 / ext4");
        assertThat(box.sh("basename $(readlink /sys/class/net/eth0/device/driver)"))
                .isEqualTo("e1000e");
        assertThat(box.sh("ls /sys/bus/virtio/devices")).isEmpty();

        String record = Files.readString(vm.store().layout().sandboxFile(NAME));
        for (SnapshotType type : SnapshotType.values()) {
            SmolVmException refused = Failures.of(ErrorKind.UNSUPPORTED, () -> box.save(type));
            assertThat(refused).hasMessageContainingAll(NAME.value(), "Windows");
            assertThat(refused.advice()).contains("sandbox stop", "Linux image");
        }
        assertThat(vm.store().layout().sandboxFile(NAME)).hasContent(record);
        assertThat(box.status()).isEqualTo(SandboxStatus.RUNNING);
        assertThat(vm.snapshots().list(Optional.empty())).isEmpty();
    }

    @Test
    void a_disk_that_never_answers_is_given_up_and_leaves_nothing() throws Exception {
        Path blank = dir.resolve("blank.raw");
        try (RandomAccessFile file = new RandomAccessFile(blank.toFile(), "rw")) {
            file.setLength(1 << 20);
        }
        ImageName image = image(blank, GuestOs.LINUX, Firmware.UEFI);
        List<Path> layers = list(vm.store().layout().layers());
        Path mounted = Files.createDirectory(dir.resolve("mounted"));

        long start = System.nanoTime();
        SmolVmException failed = Failures.of(
                ErrorKind.GUEST_UNRESPONSIVE,
                () -> create(image, Duration.ofSeconds(3), List.of(), List.of(new MountRequest(mounted, "/m"))));

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
        assertThat(failed).hasMessageContainingAll(NAME.value(), "3 s", "SSH");
        assertThat(failed.advice()).contains("--boot-timeout");
        assertThat(vm.sandboxes().list()).isEmpty();
        assertThat(vm.store().layout().sandboxes()).isEmptyDirectory();
        assertThat(vm.store().layout().tmp()).isEmptyDirectory();
        assertThat(list(vm.store().layout().layers())).isEqualTo(layers);
        assertThat(ProcessesIn.directory(vm.store().layout().sandboxes())).isEmpty();
    }

    private static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().toList();
        }
    }

    private void files_arrive_and_come_back() throws IOException {
        byte[] content = new byte[3_000_001];
        new Random(1).nextBytes(content);
        Path sent = Files.write(dir.resolve("sent"), content);
        Path received = dir.resolve("received");
        try (Guest guest = box.connect()) {
            guest.upload(sent, "/root/blob", false, TransferListener.NONE);
            guest.download("/root/blob", received, false, TransferListener.NONE);
        }
        assertThat(received).hasSameBinaryContentAs(sent);
    }

    private void assertThatCountingGoesOnAfterARestore() throws InterruptedException {
        long counter = box.background(
                "i=0; while :; do i=$((i+1)); echo $i > /run/n.new; mv /run/n.new /run/n;" + " sleep 0.05; done");
        Box.await(
                "the counter runs", () -> box.sh("cat /run/n 2>/dev/null || :").matches("[0-9]+"));
        SnapshotInfo saved = box.save();
        box.sh("rm /root/file; kill " + counter + "; sync");
        long lost = box.number("cat /run/n");
        box.restore(saved.id());
        long restored = box.number("cat /run/n");
        Box.await("the counter goes on", () -> box.number("cat /run/n") > restored + 3);
        assertThat(box.sh("kill -0 " + counter + " && ls /root/file")).isEqualTo("/root/file");
        assertThat(lost).isPositive();
    }

    private void setVariable(String value) {
        // Attributes first: kept over a restart, to be seen by firmware and system.
        box.sh("printf '\\007\\000\\000\\000" + value + "' > " + VARIABLE);
    }

    private String variable() {
        return box.sh("tail -c +5 " + VARIABLE);
    }
}
