package dev.smolvm.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AcceleratorTest {
    @TempDir
    Path dir;

    @Test
    void kvm_needs_the_cpu_flag_and_the_device() throws Exception {
        Path device = Files.createFile(dir.resolve("kvm"));
        for (String flag : new String[] {"vmx", "svm"}) {
            assertThat(detect("fpu " + flag + " sse2", device).accelerator()).isEqualTo(Accelerator.KVM);
        }
        assertThat(detect("fpu sse2", device).accelerator()).isEqualTo(Accelerator.TCG);
        assertThat(detect("fpu sse2", device).reason())
                .contains("neither vmx nor svm")
                .contains("although");
        assertThat(detect("fpu vmx_not_this", device).accelerator()).isEqualTo(Accelerator.TCG);
        assertThat(detect("vmx", dir.resolve("none")).reason()).contains("not there");
    }

    @Test
    void an_unreadable_cpuinfo_means_tcg() {
        assertThat(Accelerator.detect(dir.resolve("none"), dir).accelerator()).isEqualTo(Accelerator.TCG);
    }

    private Accelerator.Detected detect(String flags, Path device) throws Exception {
        Path cpuinfo = Files.writeString(dir.resolve("cpuinfo"), "processor\t: 0\nflags\t\t: " + flags + "\n");
        return Accelerator.detect(cpuinfo, device);
    }
}
