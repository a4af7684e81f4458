package dev.smolvm.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import dev.smolvm.os.ProcessIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VmmProcessesTest {
    @TempDir
    Path directory;

    private final List<Process> processes = new ArrayList<>();
    private Path sandbox;
    private Path run;

    @BeforeEach
    void make() throws IOException {
        sandbox = directory.resolve("sandboxes/box");
        run = Files.createDirectories(sandbox.resolve("vm/run-1"));
    }

    @AfterEach
    void end() {
        processes.forEach(Process::destroyForcibly);
    }

    @Test
    void those_that_work_there_and_those_that_are_remembered_are_found_from_each_level() throws IOException {
        ProcessIdentity working = start(run);
        ProcessIdentity jailed = start(directory.getRoot());
        ProcessIdentity forward = start(directory.getRoot());
        VmmProcesses.remember(jailed, StoreLayout.pidFile(run));
        VmmProcesses.remember(forward, StoreLayout.forwardFile(run, 8080));
        for (Path level : List.of(run, sandbox, directory.resolve("sandboxes"))) {
            assertThat(VmmProcesses.in(level)).containsExactlyInAnyOrder(working, jailed, forward);
        }
    }

    @Test
    void of_another_run_only_its_own_are_found() throws IOException {
        ProcessIdentity other = start(directory.getRoot());
        Path second = Files.createDirectory(run.resolveSibling("run-12"));
        VmmProcesses.remember(other, StoreLayout.pidFile(second));
        assertThat(VmmProcesses.in(run)).isEmpty();
        assertThat(VmmProcesses.in(second)).containsExactly(other);
    }

    @Test
    void ending_them_forgets_their_files() throws Exception {
        start(run);
        VmmProcesses.remember(start(directory.getRoot()), StoreLayout.pidFile(run));
        VmmProcesses.remember(start(directory.getRoot()), StoreLayout.forwardFile(run, 8080));
        VmmProcesses.end(run);
        for (Process process : processes) {
            assertThat(process.waitFor(5, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(sandbox).isDirectoryNotContaining("glob:**.pid");
    }

    /** A VMM may write below vm/, and would have others killed. */
    @Test
    void a_file_where_a_vmm_can_write_names_nobody() throws IOException {
        ProcessIdentity bystander = start(directory.getRoot());
        for (Path planted : List.of(
                run.resolve("vm.pid"),
                run.resolve("run-1.pid"),
                run.resolveSibling("run-1.pid"),
                Files.createDirectories(sandbox.resolve("vm/vm")).resolve("run-1.pid"))) {
            VmmProcesses.remember(bystander, planted);
        }
        for (Path level : List.of(run, sandbox, directory.resolve("sandboxes"))) {
            assertThat(VmmProcesses.in(level)).as(level.toString()).isEmpty();
        }
    }

    @Test
    void a_sandbox_may_be_called_as_the_directory_of_its_vmm() throws IOException {
        ProcessIdentity jailed = start(directory.getRoot());
        Path called = Files.createDirectories(directory.resolve("sandboxes/vm/vm/run-1"));
        VmmProcesses.remember(jailed, StoreLayout.pidFile(called));
        assertThat(VmmProcesses.in(directory.resolve("sandboxes/vm"))).containsExactly(jailed);
        assertThat(VmmProcesses.in(called)).containsExactly(jailed);
    }

    @Test
    void a_directory_that_a_vmm_made_is_no_pattern() throws IOException {
        VmmProcesses.remember(start(directory.getRoot()), StoreLayout.pidFile(run));
        for (String name : List.of("[", "*", "run-?", "{run-1,x}", "\\")) {
            assertThat(VmmProcesses.in(Files.createDirectory(run.resolveSibling(name))))
                    .isEmpty();
        }
    }

    @Fault(Case.F24)
    @Test
    void a_link_names_nobody() throws IOException {
        Path elsewhere = directory.resolve("elsewhere");
        VmmProcesses.remember(start(directory.getRoot()), elsewhere);
        Files.createSymbolicLink(StoreLayout.pidFile(run), elsewhere);
        assertThat(VmmProcesses.in(run)).isEmpty();
        assertThat(VmmProcesses.in(sandbox)).isEmpty();
    }

    @Fault(Case.F13)
    @Test
    void a_later_process_with_the_same_pid_and_a_damaged_file_are_left_alone() throws Exception {
        ProcessIdentity now = start(directory.getRoot());
        for (String text : List.of(
                now.pid() + " " + (now.startTicks() - 1) + " " + now.bootId(),
                now.pid() + " " + now.startTicks() + " 00000000-0000-0000-0000-000000000000",
                Long.toString(now.pid()),
                "x y z",
                "")) {
            Files.writeString(StoreLayout.pidFile(run), text);
            assertThat(VmmProcesses.in(run)).isEmpty();
            VmmProcesses.end(run);
            assertThat(StoreLayout.pidFile(run)).doesNotExist();
        }
        assertThat(now.alive()).isTrue();
    }

    private ProcessIdentity start(Path working) throws IOException {
        Process process =
                new ProcessBuilder("sleep", "60").directory(working.toFile()).start();
        processes.add(process);
        return ProcessIdentity.of(process.pid()).orElseThrow();
    }
}
