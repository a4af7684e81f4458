package dev.smolvm.sandbox;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.image.ImageManifest;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SandboxName;
import dev.smolvm.testing.FakeVmm;
import dev.smolvm.testing.Samples;
import dev.smolvm.vmm.Accelerator;
import dev.smolvm.vmm.MachineSpec;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MachineDesignTest {
    private static final FakeVmm VMM = new FakeVmm("qemu 10.0.2", "pc-q35-10.0", "max");
    private static final ImageManifest TINY = image(
            ImageManifest.GuestOs.LINUX,
            new ImageManifest.Boot.DirectKernel(
                    Samples.blob(BlobKind.KERNEL), Samples.blob(BlobKind.INITRD), "console=ttyS0"),
            new ImageManifest.Control.Agent());

    @ParameterizedTest
    @CsvSource({"0,1", "63,1", "-1,1", "1048577,1", "2147483647,1", "512,0", "512,-1", "512,65"})
    void memory_and_cpus_outside_the_limits_are_a_usage_error(int memory, int cpus) {
        assertThat(kindOf(() -> design(TINY, request(memory, cpus, NetworkMode.NAT))))
                .isEqualTo(ErrorKind.USAGE);
    }

    @ParameterizedTest
    @CsvSource({"64,1", "1024,64"})
    void the_limits_themselves_are_possible(int memory, int cpus) {
        MachineSpec machine = design(TINY, request(memory, cpus, NetworkMode.NAT));
        assertThat(machine.memoryMib()).isEqualTo(memory);
        assertThat(machine.cpus()).isEqualTo(cpus);
    }

    @Test
    void the_guest_is_told_its_name_and_network_on_the_kernels_command_line() {
        MachineSpec nat = design(TINY, request(512, 1, NetworkMode.NAT));
        assertThat(commandLine(nat)).startsWith("console=ttyS0 smolvm.hostname=box smolvm.ip=10.0.2.15/24");
        assertThat(nat.mac()).hasValueSatisfying(m -> assertThat(m).matches("52:54:00(:[0-9a-f]{2}){3}"));
        MachineSpec none = design(TINY, request(512, 1, NetworkMode.NONE));
        assertThat(commandLine(none)).isEqualTo("console=ttyS0 smolvm.hostname=box");
        assertThat(none.mac()).isEmpty();
    }

    @Test
    void under_tcg_the_hosts_cpu_does_not_matter() {
        assertThat(design(TINY, request(512, 1, NetworkMode.NAT)).hostCpu()).isEmpty();
    }

    @Test
    void a_guest_without_an_agent_gets_no_ports_and_windows_no_virtio() {
        ImageManifest windows = image(
                ImageManifest.GuestOs.WINDOWS,
                new ImageManifest.Boot.FromDisk(ImageManifest.Firmware.UEFI),
                new ImageManifest.Control.SshOnly("admin"));
        MachineSpec machine = design(windows, request(512, 1, NetworkMode.NAT));
        assertThat(machine.agentPorts()).isZero();
        assertThat(machine.drivers()).isEqualTo(MachineSpec.GuestDrivers.EMULATED);
        assertThat(machine.boot()).isEqualTo(new MachineSpec.Boot.Uefi());
        assertThat(design(TINY, request(512, 1, NetworkMode.NAT)).agentPorts()).isPositive();
    }

    @Test
    void made_up_names_are_valid_and_many() {
        Set<String> names = new HashSet<>();
        for (int i = 0; i < 1_000; i++) {
            names.add(new SandboxName(NameMaker.next()).value());
        }
        assertThat(names).hasSizeGreaterThan(500);
    }

    private static String commandLine(MachineSpec machine) {
        return ((MachineSpec.Boot.DirectKernel) machine.boot()).commandLine();
    }

    private static MachineSpec design(ImageManifest image, SandboxRequest request) {
        MachineSpec machine =
                MachineDesign.of(VMM, request, new SandboxName("box"), image, Optional.empty(), List.of("root"));
        assertThat(machine.accelerator()).isEqualTo(Accelerator.TCG);
        return machine;
    }

    private static SandboxRequest request(int memory, int cpus, NetworkMode network) {
        SandboxRequest any = SandboxRequest.of(new ImageName("tiny"));
        return new SandboxRequest(
                any.name(),
                any.image(),
                memory,
                cpus,
                OptionalLong.empty(),
                any.backend(),
                AcceleratorChoice.TCG,
                network,
                List.of(),
                List.of(),
                any.bootTimeout(),
                Optional.empty());
    }

    private static ImageManifest image(
            ImageManifest.GuestOs os, ImageManifest.Boot boot, ImageManifest.Control control) {
        return new ImageManifest(
                new ImageName("tiny"),
                os,
                boot,
                Samples.blob(BlobKind.LAYER),
                Samples.DISK_BYTES,
                control,
                "test",
                Instant.EPOCH);
    }
}
