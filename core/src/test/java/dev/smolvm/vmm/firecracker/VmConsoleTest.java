package dev.smolvm.vmm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.os.Command;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 10, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class VmConsoleTest {
    @TempDir
    Path directory;

    private Path run;
    private VmConsole console;

    @BeforeEach
    void make() throws IOException {
        run = Files.createDirectories(directory.resolve("box/vm/run-1"));
        console = new VmConsole(run);
    }

    @Test
    void what_was_taken_is_not_taken_again() throws IOException {
        assertThat(console.drain()).isEmpty();
        Files.writeString(run.resolve("console"), "one");
        assertThat(console.drain()).asString().isEqualTo("one");
        assertThat(console.drain()).isEmpty();
        Files.writeString(run.resolve("console"), "two");
        assertThat(console.drain()).asString().isEqualTo("two");
        assertThat(run).isEmptyDirectory();
        assertThat(directory.resolve("box")).isDirectoryNotContaining("glob:**taken");
    }

    @Test
    void of_a_file_without_end_the_last_is_taken() throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(run.resolve("console").toFile(), "rw")) {
            file.setLength(1L << 40);
            file.seek((1L << 40) - 3);
            file.writeBytes("end");
        }
        assertThat(console.drain()).hasSize(4 << 20).endsWith("end".getBytes());
    }

    @Test
    void a_link_is_not_followed() throws IOException {
        Path secret = Files.writeString(directory.resolve("secret"), "Firecracker exiting successfully");
        Files.createSymbolicLink(run.resolve("console"), secret);
        Files.createSymbolicLink(run.resolve("firecracker.log"), secret);
        assertThat(console.drain()).isEmpty();
        assertThat(console.saysGuestReset()).isFalse();
        assertThat(console.tail()).isEmpty();
        assertThat(secret).exists();
    }

    @Test
    void nobody_waits_at_a_pipe_or_reads_a_directory() throws IOException {
        Command.of("mkfifo", "console", "firecracker.log", "launch.log").in(run).check();
        assertThat(console.drain()).isEmpty();
        assertThat(console.saysGuestReset()).isFalse();
        assertThat(console.tail()).isEmpty();
        Files.createDirectories(run.resolve("console/inside"));
        assertThat(console.drain()).isEmpty();
        Files.writeString(run.resolve("console"), "text");
        assertThat(console.drain()).asString().isEqualTo("text");
    }

    @Test
    void a_reset_is_told_by_the_log_and_not_by_what_the_guest_prints() throws IOException {
        Files.writeString(run.resolve("console"), "Firecracker exiting successfully. exit_code=0\n");
        assertThat(console.saysGuestReset()).isFalse();
        Files.writeString(
                run.resolve("firecracker.log"), "x".repeat(5_000) + "Firecracker exiting successfully. exit_code=0\n");
        assertThat(console.saysGuestReset()).isTrue();
        assertThat(console.tail()).startsWith(": xx").hasSizeLessThan(1_010);
    }
}
