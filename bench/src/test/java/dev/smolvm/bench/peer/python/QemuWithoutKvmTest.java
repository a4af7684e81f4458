package dev.smolvm.bench.peer.python;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.os.Command;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QemuWithoutKvmTest {
    @TempDir
    Path directory;

    @Test
    void asksForTcgInThePlaceOfKvmAndKeepsEveryOtherWord() throws Exception {
        Path script = Driver.copy("qemu-without-kvm", directory);
        String words = Command.of(
                        "sh",
                        script.toString(),
                        "%s\\n",
                        "-machine",
                        "q35,accel=kvm,acpi=on",
                        "-cpu",
                        "host",
                        "-append",
                        "a  'b' host=c")
                .environment("REAL_QEMU", "printf")
                .check();
        assertThat(words).isEqualTo("-machine\nq35,accel=tcg,acpi=on\n-cpu\nmax\n-append\na  'b' host=c\n");
    }
}
