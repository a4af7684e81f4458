package dev.smolvm.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.store.ImageName;
import dev.smolvm.testing.Failures;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class WindowsLimitsTest {
    private static final DriveRequest DRIVE = new DriveRequest(Path.of("/d.raw"), false);

    private static SandboxRequest request(List<DriveRequest> drives, List<MountRequest> mounts) {
        SandboxRequest standard = SandboxRequest.of(new ImageName("windows"));
        return new SandboxRequest(
                standard.name(),
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
                standard.sshKey());
    }

    private static ErrorKind refusal(List<DriveRequest> drives, List<MountRequest> mounts) {
        return Failures.kindOf(() -> WindowsLimits.check(request(drives, mounts)));
    }

    @Test
    void as_many_drives_as_ahci_has_ports_are_fine() {
        assertThatCode(() -> WindowsLimits.check(request(Collections.nCopies(5, DRIVE), List.of())))
                .doesNotThrowAnyException();
        assertThat(refusal(Collections.nCopies(6, DRIVE), List.of())).isEqualTo(ErrorKind.USAGE);
    }

    @Test
    void what_ahci_or_windows_cannot_do_is_refused() {
        assertThat(refusal(List.of(new DriveRequest(Path.of("/d.raw"), true)), List.of()))
                .isEqualTo(ErrorKind.UNSUPPORTED);
        assertThat(refusal(List.of(), List.of(new MountRequest(Path.of("/host"), "/guest"))))
                .isEqualTo(ErrorKind.UNSUPPORTED);
    }
}
