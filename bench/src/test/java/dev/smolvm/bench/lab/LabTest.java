package dev.smolvm.bench.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.smolvm.bench.measure.Form;
import dev.smolvm.error.SmolVmException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LabTest {
    @TempDir
    private Path project;

    private Lab open() throws IOException {
        return Lab.open(project, project.resolve("store"), Form.QUICK);
    }

    @Test
    void directories_go_with_the_run() throws Exception {
        Path directory;
        try (Lab lab = open()) {
            directory = lab.directory("some");
            Files.writeString(directory.resolve("file"), "content");
        }
        assertThat(directory).doesNotExist();
    }

    @Test
    void what_a_killed_run_left_goes_when_the_next_begins() throws Exception {
        Path left;
        try (Lab lab = open()) {
            left = lab.directory("gone").getParent().resolve("left");
        }
        Files.createDirectories(left.resolve("deep"));
        open().close();
        assertThat(left).doesNotExist();
    }

    @Test
    void two_runs_do_not_measure_in_one_store() throws Exception {
        Lab first = open();
        assertThatExceptionOfType(SmolVmException.class).isThrownBy(this::open).withMessageContaining("another run");
        first.close();
        open().close();
    }

    @Test
    void memory_is_read_from_the_kernel_in_mib() throws Exception {
        assertThat(Machine.totalMemory("MemTotal:       24683520 kB\nMemFree: 1 kB\n"))
                .isEqualTo(24105);
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> Machine.totalMemory("MemFree: 1 kB"));
    }
}
