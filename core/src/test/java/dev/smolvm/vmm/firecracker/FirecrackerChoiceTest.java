package dev.smolvm.vmm.firecracker;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.image.ImageManifest;
import dev.smolvm.os.Command;
import dev.smolvm.os.Programs;
import dev.smolvm.sandbox.AcceleratorChoice;
import dev.smolvm.sandbox.BackendChoice;
import dev.smolvm.sandbox.DriveRequest;
import dev.smolvm.sandbox.MountRequest;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.store.ImageName;
import dev.smolvm.vmm.firecracker.fake.FakeProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which sandboxes Firecracker is taken for; where it is not, the host's QEMU is looked for, and there is none here. */
class FirecrackerChoiceTest {
    @TempDir
    Path directory;

    private Path program;
    private FakeLab lab;

    @BeforeEach
    void install() throws IOException {
        program = FakeProgram.installWhole(directory.resolve("firecracker"), "1.16.1");
        lab = new FakeLab(directory.resolve("store"), program);
    }

    @AfterEach
    void end() throws IOException {
        lab.close();
    }

    @Test
    void a_firecracker_that_is_too_old_is_named_with_a_way_out() throws Exception {
        Path old = FakeProgram.installWhole(directory.resolve("old"), "1.9.0");
        assertThat(refused(lab.with(old), FakeLab.request(), ErrorKind.INCOMPATIBLE))
                .hasMessageContainingAll(old.toString(), "1.9.0", "1.10.0")
                .extracting(SmolVmException::advice)
                .asString()
                .contains("SMOLVM_FIRECRACKER");
        assertThat(kindOf(() -> create(lab.with(old), request(BackendChoice.AUTO))))
                .isEqualTo(ErrorKind.NOT_FOUND);
    }

    @Test
    void a_program_that_is_no_firecracker_is_named() throws Exception {
        Path other = Programs.find("true", "/usr/bin").orElseThrow();
        assertThat(refused(lab.with(other), FakeLab.request(), ErrorKind.INCOMPATIBLE))
                .hasMessageContaining(other.toString());
    }

    @Test
    void a_qcow2_drive_is_refused_and_makes_qemu_the_choice() throws Exception {
        Path drive = directory.resolve("drive");
        Command.of("qemu-img", "create", "-q", "-f", "qcow2", drive.toString(), "1M")
                .check();
        List<DriveRequest> drives = List.of(new DriveRequest(drive, false));
        assertRefused(request(FakeLab.IMAGE, BackendChoice.FIRECRACKER, AcceleratorChoice.AUTO, drives), "qcow2");
        assertQemuIsChosen(request(FakeLab.IMAGE, BackendChoice.AUTO, AcceleratorChoice.AUTO, drives));
    }

    @Test
    void an_image_with_its_own_boot_loader_is_refused_and_makes_qemu_the_choice() throws Exception {
        ImageName disk = new ImageName("disk");
        lab.addImage(
                disk,
                new ImageManifest.Boot.FromDisk(ImageManifest.Firmware.BIOS),
                lab.vm().images().inspect(FakeLab.IMAGE).root());
        assertRefused(request(disk, BackendChoice.FIRECRACKER, AcceleratorChoice.AUTO, List.of()), "boot loader");
        assertQemuIsChosen(request(disk, BackendChoice.AUTO, AcceleratorChoice.AUTO, List.of()));
    }

    @Test
    void translation_is_refused_and_makes_qemu_the_choice() {
        assertRefused(
                request(FakeLab.IMAGE, BackendChoice.FIRECRACKER, AcceleratorChoice.TCG, List.of()), "--accel tcg");
        assertQemuIsChosen(request(FakeLab.IMAGE, BackendChoice.AUTO, AcceleratorChoice.TCG, List.of()));
    }

    @Test
    void it_is_the_choice_where_nothing_stands_against_it_also_with_a_raw_drive() throws Exception {
        Path drive = Files.write(directory.resolve("drive"), new byte[1 << 20]);
        create(
                lab,
                request(
                        FakeLab.IMAGE,
                        BackendChoice.AUTO,
                        AcceleratorChoice.AUTO,
                        List.of(new DriveRequest(drive, true))));
        assertThat(lab.vm().sandboxes().info(FakeLab.BOX).backend()).isEqualTo("firecracker");
        assertThat(lab.deeds()).containsSubsequence("PUT /drives/root", "PUT /drives/drive0");
        assertThat(lab.last("PUT /drives/drive0").bool("is_read_only")).isTrue();
    }

    /** Firecracker's disks have serial numbers that the host chooses, so the guest is told which device it is. */
    @Test
    void a_mounted_directory_is_a_raw_disk_that_the_guest_is_told_to_mount() throws Exception {
        Path host = Files.createDirectory(directory.resolve("host"));
        Files.writeString(host.resolve("file"), "content");
        SandboxRequest plain = FakeLab.request();
        create(
                lab,
                new SandboxRequest(
                        plain.name(),
                        plain.image(),
                        plain.memoryMib(),
                        plain.cpus(),
                        plain.diskBytes(),
                        plain.backend(),
                        plain.accelerator(),
                        plain.network(),
                        List.of(),
                        List.of(new MountRequest(host, "/data")),
                        plain.bootTimeout(),
                        plain.sshKey()));
        assertThat(lab.deeds()).containsSubsequence("PUT /drives/root", "PUT /drives/mount0", "agent mount");
        assertThat(lab.last("agent mount").string("serial")).isEqualTo("vdb");
        assertThat(lab.last("agent mount").string("directory")).isEqualTo("/data");
    }

    private void assertRefused(SandboxRequest request, String why) {
        assertThat(refused(lab, request, ErrorKind.UNSUPPORTED))
                .hasMessageContaining(why)
                .extracting(SmolVmException::advice)
                .asString()
                .contains("--backend qemu");
    }

    private void assertQemuIsChosen(SandboxRequest request) {
        assertThat(refused(lab, request, ErrorKind.NOT_FOUND)).hasMessageContaining("qemu");
    }

    private static SandboxRequest request(BackendChoice backend) {
        return request(FakeLab.IMAGE, backend, AcceleratorChoice.AUTO, List.of());
    }

    private static SandboxRequest request(
            ImageName image, BackendChoice backend, AcceleratorChoice accelerator, List<DriveRequest> drives) {
        return FakeLab.request(image, backend, accelerator, drives);
    }

    private static void create(FakeLab lab, SandboxRequest request) {
        lab.vm().sandboxes().create(request, Progress.NONE);
    }

    /** Nothing is left of what was refused. */
    private static SmolVmException refused(FakeLab lab, SandboxRequest request, ErrorKind kind) {
        SmolVmException refusal = catchThrowableOfType(SmolVmException.class, () -> create(lab, request));
        assertThat(refusal.kind()).as(refusal.getMessage()).isEqualTo(kind);
        assertThat(lab.vm().store().layout().sandboxes()).isEmptyDirectory();
        return refusal;
    }
}
