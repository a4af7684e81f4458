package dev.smolvm.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessIdentityTest {
    @TempDir
    Path directory;

    private final List<Process> started = new java.util.ArrayList<>();

    @AfterEach
    void endWhatIsLeft() {
        started.forEach(Process::destroyForcibly);
    }

    @Test
    void a_running_process_is_alive_until_it_is_killed() throws Exception {
        Process process = start("sleep", "60");
        ProcessIdentity identity = ProcessIdentity.of(process.pid()).orElseThrow();
        assertThat(identity.alive()).isTrue();
        assertThat(identity.awaitEnd(Duration.ofMillis(20))).isFalse();
        identity.kill();
        assertThat(identity.alive()).isFalse();
        assertThat(process.waitFor(5, TimeUnit.SECONDS)).isTrue();
        assertThat(identity.awaitEnd(Duration.ZERO)).isTrue();
    }

    @Test
    void another_process_with_the_same_pid_is_not_it_and_survives() throws Exception {
        Process other = start("sleep", "60");
        ProcessIdentity now = ProcessIdentity.of(other.pid()).orElseThrow();
        List<ProcessIdentity> earlier = List.of(
                new ProcessIdentity(now.pid(), now.startTicks() - 1, now.bootId()),
                new ProcessIdentity(now.pid(), now.startTicks(), "00000000-0000-0000-0000-000000000000"));
        for (ProcessIdentity gone : earlier) {
            assertThat(gone.alive()).isFalse();
            gone.kill();
        }
        assertThat(other.waitFor(100, TimeUnit.MILLISECONDS)).isFalse();
    }

    @Test
    void a_pid_that_nobody_has_is_no_process() {
        assertThat(ProcessIdentity.of(1L << 40)).isEmpty();
        assertThat(ProcessIdentity.of(-1)).isEmpty();
    }

    @Test
    void a_zombie_counts_as_gone() throws Exception {
        // The shell does not wait for its child, so the child stays a zombie; its pid goes to the file.
        Path pid = directory.resolve("pid");
        start("sh", "-c", "sh -c 'echo $$ > " + pid + ".new; mv " + pid + ".new " + pid + "' & exec sleep 60");
        awaitFile(pid);
        ProcessIdentity.of(Long.parseLong(Files.readString(pid).strip()))
                .ifPresent(p -> assertThat(p.awaitEnd(Duration.ofSeconds(5))).isTrue());
    }

    @Test
    void a_name_with_parentheses_and_spaces_does_not_shift_the_fields() throws Exception {
        Path program = directory.resolve("a) R (b c");
        Files.copy(Path.of("/bin/sleep").toRealPath(), program);
        Process process = start(program.toString(), "60");
        ProcessIdentity identity = ProcessIdentity.of(process.pid()).orElseThrow();
        ProcessIdentity self = ProcessIdentity.of(ProcessHandle.current().pid()).orElseThrow();
        assertThat(identity.startTicks()).isGreaterThanOrEqualTo(self.startTicks());
        assertThat(identity.bootId()).isEqualTo(self.bootId()).isNotEmpty();
    }

    @Test
    void processes_are_found_by_the_directory_they_work_in_or_below() throws Exception {
        Path below = Files.createDirectory(directory.resolve("below"));
        Process inside = startIn(directory, "sleep", "60");
        Process deeper = startIn(below, "sleep", "60");
        Process outside = startIn(Path.of("/"), "sleep", "60");
        Path link = Files.createSymbolicLink(directory.resolveSibling(directory.getFileName() + "-link"), directory);
        try {
            assertThat(ProcessesIn.directory(link))
                    .extracting(ProcessIdentity::pid)
                    .contains(inside.pid(), deeper.pid())
                    .doesNotContain(outside.pid());
            assertThat(ProcessesIn.directory(below))
                    .extracting(ProcessIdentity::pid)
                    .containsExactly(deeper.pid());
        } finally {
            Files.delete(link);
        }
    }

    private Process start(String... command) throws IOException {
        return startIn(directory, command);
    }

    private Process startIn(Path where, String... command) throws IOException {
        Process process = new ProcessBuilder(command).directory(where.toFile()).start();
        started.add(process);
        return process;
    }

    private static void awaitFile(Path file) throws InterruptedException {
        for (int i = 0; i < 500 && !Files.exists(file); i++) {
            Thread.sleep(10);
        }
        assertThat(file).exists();
    }
}
