package dev.smolvm.vmm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.testing.Samples;
import dev.smolvm.vmm.MachineSpec;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class LimitsTest {
    @Test
    void a_machine_gets_its_memory_its_cpus_and_few_processes_or_no_limits_where_the_host_has_none() {
        MachineSpec machine = Samples.machine();
        assertThat(machine.memoryMib()).isEqualTo(512);
        assertThat(machine.cpus()).isEqualTo(2);
        var arguments = new Limits(machine).jailerArguments(Path.of("/store/sandboxes/box/vm/run-3"));
        if (Limits.possible()) {
            assertThat(arguments)
                    .containsExactly(
                            "--parent-cgroup",
                            "smolvm/box-run-3",
                            "--cgroup",
                            "memory.max=671088640",
                            "--cgroup",
                            "cpu.max=200000 100000",
                            "--cgroup",
                            "pids.max=66");
        } else {
            assertThat(arguments).isEmpty();
        }
    }
}
